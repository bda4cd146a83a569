"""The operations of the API, by role and by scope of a key."""

from pathlib import Path

import pytest
import yaml
from django.test import Client

from incidents.actions.api_keys import SCOPES
from incidents.models import (
    ApiKey,
    User,
)
from tests.access.surfaces import REFUSED, expected, undone
from tests.api import script

pytestmark = pytest.mark.django_db


def operations():
    """Each operation of the OpenAPI document, as method and path after /api/v1/."""
    document = yaml.load(Path("docs/openapi.yaml").read_text(), yaml.CSafeLoader)
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1/"):
            for method in methods:
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method, path.removeprefix("/api/v1/")


def ask(client, method, path, rows):
    """The answer to one operation on the row of its list, with a body that may be wrong."""
    row = rows.get(path.partition("/")[0])
    filled = path.replace("{id}", str(row.pk) if row else "").replace("{template}", "odown")
    body = {} if method in ("post", "put", "patch") else None
    return undone(lambda: getattr(client, method)(f"/api/v1/{filled}", body))


def is_shown(answer, path, rows):
    """Whether the answer lets in; for a list, whether the row is in it."""
    if answer.status_code in REFUSED:
        return False
    found = answer.json() if not answer.streaming and answer.content else None
    row = rows.get(path.partition("/")[0])
    if row and path.count("/") == 1 and answer.request["REQUEST_METHOD"] == "GET":
        return row.pk in [line["id"] for line in found["results"]]
    return True


def test_of_the_api(world):
    clients = {letter: script(person) for letter, person in world.people.items()}
    found = {}
    for method, path in operations():
        found[f"{method} {path}"] = "".join(
            letter
            for letter, client in clients.items()
            if is_shown(ask(client, method, path, world.rows), path, world.rows)
        )

    assert found == expected("API")


def test_of_a_key_of_each_scope(world):
    owner = world.people["O"]
    clients = {scope: script(owner, scope) for scope in SCOPES}
    found = {}
    for method, path in operations():
        found[f"{method} {path}"] = " ".join(
            scope
            for scope, client in clients.items()
            if ask(client, method, path, world.rows).status_code not in REFUSED
        )

    assert found == expected("Keys of an Owner")


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}])
def test_who_was_switched_off_may_nothing(world, fields):
    person = world.people["O"]
    key, browser = script(person), Client()
    browser.force_login(person)
    User.objects.filter(pk=person.pk).update(**fields)

    by_key = {ask(key, *op, world.rows).status_code for op in operations()}
    by_session = {ask(browser, *op, world.rows).status_code for op in operations()}

    assert by_key == {401}
    assert by_session <= {401, 403}
    assert ApiKey.objects.filter(user=person).exists()
