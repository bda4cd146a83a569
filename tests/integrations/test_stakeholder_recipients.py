"""An integration refuses a Stakeholder as recipient, however it is saved, and skips one later."""

import pytest

from incidents.models import Incident
from integrations.models import Integration
from notifications.models import Notification
from tests.api import make_person, owner
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import event, post_event, work
from tests.integrations.test_pages_heartbeats import filled

pytestmark = pytest.mark.django_db
SENTENCE = "Sam is a Stakeholder: informed, never paged."


@pytest.fixture
def sam():
    return make_person("Stakeholder", name="Sam")


def test_the_api_refuses_one_at_the_creation_and_at_a_change(sam):
    service, integration = make_service(), make_integration()
    body = {"template": "odown", "service": service.pk, "users": [sam.email]}

    made = owner().post("/api/v1/integrations/", body)
    changed = owner().patch(f"/api/v1/integrations/{integration.pk}/", {"users": [sam.pk]})

    assert (made.status_code, changed.status_code) == (400, 400)
    assert SENTENCE in made.json()["fields"]["users"][0]
    assert SENTENCE in changed.json()["fields"]["users"][0]
    assert Integration.objects.count() == 1


def test_the_form_refuses_one(sam):
    service = make_service(make_policy(make_user()))
    sent = {"name": "Odown", "service": service.pk, "mode": "policy", "sequence": 0}

    answer = admin_browser().post("/integrations/add/odown/", sent | {"users": [sam.pk]})

    assert answer.status_code == 422
    assert SENTENCE in text_of(answer)
    assert not Integration.objects.exists()


def test_the_saved_page_refuses_one(sam):
    service = make_service(make_policy(make_user()))
    integration = make_integration(service=service)
    sent = {"name": "Odown", "service": service.pk, "mode": "policy", "sequence": 0}

    answer = admin_browser().post(
        f"/integrations/{integration.pk}/basics/", sent | {"users": [sam.pk]}
    )

    assert SENTENCE in text_of(answer)
    assert not integration.users.exists()


def test_a_heartbeat_refuses_one(sam):
    service = make_service(make_policy(make_user()))
    sent = filled(service=service.pk, users=[sam.pk])

    answer = admin_browser().post("/integrations/add/heartbeat/", sent)

    assert SENTENCE in text_of(answer)
    assert not Integration.objects.exists()


def test_a_recipient_who_became_one_later_is_skipped_and_the_timeline_says_so(client, sam):
    bo = make_user("Bo")
    integration = make_integration("events-api-v2", service=make_service(make_policy(bo)))
    integration.users.add(sam)

    post_event(client, integration, event())
    work()

    incident = Incident.objects.get()
    assert {row.user for row in Notification.objects.all()} == {bo}
    assert "recipient of the integration" in incident.timeline.get(verb="not_paged").text
