"""The REST API by its own OpenAPI document: no body and no parameter makes it fail."""

import traceback

import pytest
import schemathesis
from django.core.signals import got_request_exception
from django.db import transaction
from django.test.client import ClientHandler
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from integrations.endpoints.schema import TAG
from integrations.setup import replay
from opsportal.api.urls import SINGLES, router
from tests.api import make_key, make_paging_incident, make_person
from tests.factories import (
    make_integration,
    make_method,
    make_policy,
    make_rule,
    make_service,
    make_shared_channel,
    make_team,
)
from tests.fuzzing import examples

pytestmark = pytest.mark.django_db

load_all_checks()
[shape] = CHECKS.get_by_names(["response_schema_conformance"])
AREAS = [prefix for prefix, *_ in router.registry] + list(SINGLES)
FEW = settings(
    max_examples=examples(4),
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class App:
    """The portal behind WSGI, on the connection of the test; what a request changed is undone."""

    def __init__(self):
        self.handler, self.crash = ClientHandler(), ""
        got_request_exception.connect(self.note)

    def note(self, **_):
        self.crash = traceback.format_exc()

    def __call__(self, environ, start_response):
        self.crash = ""
        with transaction.atomic():
            response = self.handler(environ)
            body = response.getvalue()
            transaction.set_rollback(True)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [body]


@pytest.fixture(scope="module")
def app():
    return App()


@pytest.fixture(scope="module")
def document(app):
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
    schema.app = app
    return schema


@pytest.fixture
def key(settings):
    """Of somebody who may do everything, in a portal that has one of each."""
    person = make_person("Owner")
    service = make_service(policy=make_policy(person))
    integration = make_integration(service=service)
    replay.send_sample(integration.pk)
    make_paging_incident(service)
    make_team(person)
    make_rule(make_method(person))
    make_shared_channel()
    return make_key(person)


def operations(document, area):
    found = [each.ok() for each in document.get_all_operations()]
    return [op for op in found if f"{op.path}/".startswith(f"/api/v1/{area}/")]


def test_every_operation_of_the_document_is_tried(document):
    tried = [op.label for area in AREAS for op in operations(document, area)]
    found = [each.ok() for each in document.get_all_operations()]
    # What machines post to is tried by `test_fuzz_endpoints`, which knows bodies of every kind.
    known = [op.label for op in found if TAG not in op.tags]

    assert sorted(set(known) - set(tried)) == []
    assert len(tried) > 100


@pytest.mark.parametrize("area", AREAS)
def test_no_request_breaks_it_and_every_answer_has_the_shape_it_should(document, app, key, area):
    """Half of them ask for a row that is there."""
    headers = {"Authorization": f"Bearer {key}"}
    rows = APIClient(headers=headers).get(f"/api/v1/{area}/").json().get("results")
    there = rows[0] if rows else {}
    for operation in operations(document, area):
        sensible, senseless = (operation.as_strategy(generation_mode=m) for m in GenerationMode)

        @FEW
        @given(case=sensible | senseless, is_there=st.booleans())
        def tried(case, is_there):
            if is_there and case.path_parameters:
                name = next(iter(case.path_parameters))
                case.path_parameters[name] = there.get(name, 1)

            response = case.call(headers=headers)

            assert response.status_code < 500, f"{case.as_curl_command()}\n{app.crash}"
            assert response.status_code != 401
            case.validate_response(response, checks=[shape])

        tried()
