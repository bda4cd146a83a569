"""The whole way of a message: by the number in its answer, on its page and by the API."""

import json

import pytest
from django.contrib.auth.models import Permission

from incidents.models import Alert, Incident
from integrations.catalog import find
from integrations.models import InboundMessage, Result
from notifications.models import Notification
from tests.api import make_person, owner, script
from tests.factories import (
    make_integration,
    make_policy,
    make_service,
    make_team,
    make_user,
)
from tests.integrations.pages import browser
from tests.integrations.posting import FAILURE, RECOVERY, enqueue, event, post, post_event, work
from tests.pages import browser as sign_in
from tests.pages import words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/inbound-messages/"


@pytest.fixture
def ana():
    return make_user("Ana")


@pytest.fixture
def odown(ana):
    return make_integration(template="odown", service=make_service(make_policy(ana)))


def sent(client, integration, body=FAILURE):
    """The trace of a message by the number in its answer."""
    number = post(client, integration, body).json()["message_id"]
    work()
    return trace(number)


def trace(number, desk=None):
    answer = (desk or owner()).get(f"{LIST}{number}/trace/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_one_look_tells_integration_rule_alert_incident_and_who_was_told(client, odown, ana):
    found = sent(client, odown)

    alert, incident = Alert.objects.get(), Incident.objects.get()
    [line], [one] = found["events"], found["incidents"]
    assert found["integration"] == {"id": odown.pk, "name": odown.name}
    assert (found["answer"], found["status"], found["ended"]) == (202, "mapped", "")
    assert (line["result"], line["variant"]) == ("opened", "monitor")
    assert line["condition"].startswith("status contains word “ALERT_FAILURE” or ")
    assert (line["alert"], line["incident"]) == (alert.pk, incident.pk)
    assert [row["id"] for row in one["alerts"]] == [alert.pk]
    assert (one["id"], one["status"]) == (incident.pk, "open")
    told = {(row["to"], row["channel"]) for row in one["notifications"]}
    assert (str(ana), "email") in told
    assert {row["state"] for row in one["notifications"]} <= set(Notification.State.values)
    assert one["why_not"] == []


def test_the_page_tells_the_same(client, odown, ana):
    number = sent(client, odown)["message"]

    page = words(browser("Owner").get(f"/inbound-log/{number}/"))

    assert "Its way" in page
    for word in (odown.name, "contains word “ALERT_FAILURE”", "Ana", "email"):
        assert word in page
    assert f"#{Incident.objects.get().pk}" in page


def test_it_says_why_nobody_was_told(client, odown):
    sent(client, odown)

    repeated = sent(client, odown)["incidents"][0]["why_not"]
    ignored = sent(client, odown, {"event": "ALERT_PAUSED", "monitor": {"id": 7}})
    failed = sent(client, odown, {"nothing": "known"})
    closed = sent(client, odown, RECOVERY)

    assert repeated[0].startswith("it repeats or changes what is known")
    assert "fits no condition" in ignored["ended"]
    assert ignored["incidents"] == []
    assert (failed["status"], failed["ended"]) == ("failed", failed["reason"])
    assert closed["events"][0]["result"] == "closed"
    assert closed["incidents"][0]["alerts"][0]["is_open"] is False


def test_where_a_step_reaches_nobody_it_says_so(client):
    integration = make_integration(template="odown", service=make_service())

    [one] = sent(client, integration)["incidents"]

    assert one["notifications"] == []
    assert one["why_not"][0].startswith("no recipient: ")


def test_a_message_that_waits_says_so(client, odown):
    number = post(client, odown, FAILURE).json()["message_id"]

    assert trace(number)["ended"] == "it waits to be processed"


def test_who_may_read_the_log_but_not_the_incident_sees_its_number_only(client, odown):
    number = sent(client, odown)["message"]
    incident = Incident.objects.get()
    admin = make_person()
    for name in ("InboundIntegrations_GlobalAccess", "view_inboundmessage"):
        admin.user_permissions.add(Permission.objects.get(codename=name))

    found = trace(number, script(admin, "messages:read"))
    page = words(sign_in(admin).get(f"/inbound-log/{number}/"))

    assert found["incidents"] == [{"id": incident.pk, "visible": False}]
    assert f"#{incident.pk} visibility_off you may not see it" in page
    assert "Ana" not in page


def test_a_stranger_gets_404(client, odown):
    number = sent(client, odown)["message"]
    other = make_person("Responder")
    make_team(other)

    assert script(other, "messages:read").get(f"{LIST}{number}/trace/").status_code in (403, 404)
    assert sign_in(other).get(f"/inbound-log/{number}/").status_code == 404


def test_every_dialect_answers_with_the_number_of_the_message(client):
    integration = make_integration("events-api-v2", service=make_service())
    oncall = f"/integrations/v1/webhook/{integration.token}/"
    goalert = f"/api/v2/generic/incoming?token={integration.token}"
    victorops = f"/integrations/generic/20131114/alert/{integration.token}/any"
    typed = f"/api/integrations/EVENTS_API_V2?integrationId={integration.public_id}"
    slack = f"/hooks/slack/{integration.token}"

    def send(path, body):
        return client.post(path, json.dumps(body), content_type="application/json")

    answers = [
        post(client, integration, event()),
        post_event(client, integration, event()),
        enqueue(client, integration, event()),
        send(typed, event()),
        send(oncall, {"alert_uid": "1", "title": "x", "state": "alerting"}),
        send(goalert, {"summary": "x"}),
        send(victorops, {"message_type": "CRITICAL", "entity_id": "x"}),
        send(slack, {"text": "x"}),
    ]

    numbers = [int(answer["X-Message-Id"]) for answer in answers]
    assert numbers == list(InboundMessage.objects.order_by("pk").values_list("pk", flat=True))
    assert answers[2]["X-Message-Url"].endswith(f"/inbound-log/{numbers[2]}/")


def test_a_rejected_message_that_was_kept_has_a_number_too(client, odown):
    odown.is_enabled = False
    odown.save()

    answer = post(client, odown, FAILURE)

    assert answer.status_code == 403
    assert int(answer["X-Message-Id"]) == InboundMessage.objects.get().pk
    assert trace(answer["X-Message-Id"])["ended"] == "The integration is disabled."


def test_each_event_of_a_message_has_its_rule(client):
    integration = make_integration("alertmanager", service=make_service())
    body = find("alertmanager").sample("mixed-group").body

    found = sent(client, integration, body)

    assert len(found["events"]) == len(body["alerts"])
    assert all(one["condition"] or one["reason"] for one in found["events"])
    assert {one["variant"] for one in found["events"]} == {"message"}
    assert {one["result"] for one in found["events"]} <= set(Result)
