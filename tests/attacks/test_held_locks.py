"""Whatever a request waits for, it waits a bounded time; then its message is left pending."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from django.test import Client

from incidents.models import Incident
from integrations.engine import engine, queues
from integrations.models import InboundMessage
from opsportal.lib.database_roles import use_role
from tests.factories import make_integration
from tests.integrations.posting import event, post_event
from tests.threads import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def incident_lock():
    with transaction.atomic():
        Incident.objects.select_for_update().get()
        yield


@pytest.fixture
def web_role():
    use_role("web")
    yield
    use_role("")


@pytest.mark.usefixtures("web_role")
@pytest.mark.parametrize("what", ["queue", "incident"])
def test_an_answer_with_its_result_is_pending_where_a_lock_is_held_and_done_later(what):
    integration = make_integration("events-api-v2")
    post_event(Client(), integration, event())
    hold = {"queue": lambda: queues.lock(integration.pk), "incident": incident_lock}[what]

    with elsewhere(hold):
        answer = post_event(Client(), integration, event("resolve"))

    assert (answer.status_code, answer.json()["result"]["action"]) == (202, "pending")
    InboundMessage.objects.pending().update(ready_at="2020-01-01T00:00:00Z")
    engine.process_pending()
    assert Incident.objects.get().status == "resolved"
