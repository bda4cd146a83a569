"""The button Test: it asks first, marks what it does, and ends by itself."""

import pytest
from django.utils import timezone

from escalation.actions import restart
from incidents.actions.auto_close import close_due
from incidents.models import Alert, Incident
from incidents.report import TEST_TTL
from integrations.engine import timers
from integrations.models import InboundMessage
from integrations.setup import replay
from notifications.actions.updates import notify_status_updates
from notifications.models import Notification, ServiceNotificationSettings
from tests.api import script
from tests.factories import (
    make_catch_all,
    make_integration,
    make_policy,
    make_service,
    make_shared_channel,
    make_user,
)
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import post, work
from tests.mail import mail_server  # noqa: F401
from tests.pages import browser, make_person
from tests.tasks import run_tasks
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return make_person("Integrations Admin", name="Ana")


@pytest.fixture
def bob():
    return make_user("Bob")


@pytest.fixture
def integration(bob):
    make_catch_all(bob)
    service = make_service(make_policy(bob))
    notices = ServiceNotificationSettings.objects.create(service=service)
    notices.channels.add(make_shared_channel())
    return make_integration("alertmanager", service=service)


def test_it_asks_before_it_does_anything(integration):
    client = admin_browser()

    page = client.get(f"/integrations/{integration.pk}/test/")
    refused = client.post(f"/integrations/{integration.pk}/test/", {"sample": "open"})

    text = text_of(page)
    assert all(word in text for word in ("Log only", "Tell only me", "Page for real", "15 min"))
    assert "Choose whom the test notifies." in text_of(refused)
    assert (refused.status_code, InboundMessage.objects.count()) == (422, 0)


def test_log_only_reads_the_sample_and_opens_nothing(integration):
    sent = {"sample": "open", "audience": "log"}

    answer = admin_browser().post(f"/integrations/{integration.pk}/test/", sent, follow=True)

    message = InboundMessage.objects.get()
    assert (message.status, message.action, message.is_test) == ("mapped", "", True)
    assert message.reason == "Log only: nothing was opened, changed or closed by this"
    assert message.subject
    assert f'<a href="/inbound-log/{message.pk}/">Click here</a>' in text_of(answer)
    assert not Incident.objects.exists()
    assert not Notification.objects.exists()


def test_log_only_of_what_cannot_be_read_is_no_success(integration):
    integration.rules = {**integration.rules, "filters": {"all": [_never()]}}
    integration.save()
    sent = {"sample": "open", "audience": "log"}

    answer = admin_browser().post(f"/integrations/{integration.pk}/test/", sent, follow=True)

    assert "Success" not in text_of(answer)
    assert "Mapping Failed" in text_of(answer)


def _never():
    return {"path": "nothing", "operator": "equals", "values": ["ever"]}


def test_tell_only_me_notifies_whoever_clicked_and_nobody_else(integration, ana, mail_server):  # noqa: F811
    integration.users.add(make_user("Recipient"))
    sent = {"sample": "open", "audience": "me"}

    browser(ana).post(f"/integrations/{integration.pk}/test/", sent)
    _go_on()

    incident = Incident.objects.get()
    assert set(Notification.objects.values_list("user__name", "shared_channel")) == {("Ana", None)}
    assert {address for mail in mail_server for address in mail.to} == {address_of(ana)}
    assert incident.runs.get().state == "exhausted"
    assert incident.timeline.get(verb="opened").by == ana


def test_it_never_reaches_the_catch_all_though_its_person_cannot_be_reached(integration, ana):
    ana.contact_methods.update(is_enabled=False)
    sent = {"sample": "open", "audience": "me"}

    page = browser(ana).post(f"/integrations/{integration.pk}/test/", sent, follow=True)
    _go_on()

    assert not Notification.objects.exclude(user=ana).exists()
    assert "reached nobody" in text_of(page)


def address_of(person):
    return person.contact_methods.get().address


def _go_on():
    """All that the first step, the announcements and a catch-all would bring."""
    notify_status_updates()
    run_tasks()
    for run in Incident.objects.get().runs.exclude(next_step_at=None):
        advance_due(run.next_step_at)
        run_tasks()


def test_page_for_real_pages_whom_a_real_alert_would_and_says_test_everywhere(
    integration,
    bob,
    mail_server,  # noqa: F811
    outside,
):
    outside.answers_with(200)
    replay.send_sample(integration.pk)

    notify_status_updates()
    run_tasks()

    [mail] = mail_server
    assert mail.to == [address_of(bob)]
    assert "TEST: " in mail.subject
    texts = [mail.body, *(body for body, _ in mail.alternatives)]
    assert all("This is a test that somebody asked for. Nothing is wrong." in t for t in texts)
    assert [body["is_test"] for body in outside.bodies] == [True]
    assert "TEST: #" in text_of(browser(bob).get("/me/"))


@pytest.mark.parametrize("audience", ["me", "everyone"])
def test_a_test_closes_itself_as_the_page_says(integration, ana, audience):
    replay.send_sample(integration.pk, audience=audience, by=ana)
    incident = Incident.objects.get()

    early = close_due(incident.opened_at + TEST_TTL * 0.99)
    due = timers.next_timer()
    timers.run_timers(incident.closes_at)

    incident.refresh_from_db()
    assert (early, due) == (0, incident.opened_at + TEST_TTL)
    assert (incident.status, Alert.objects.open().count()) == ("resolved", 0)
    assert incident.timeline.get(verb="resolved").text == "A test closes by itself after 15 min"


def test_a_test_that_is_reopened_closes_itself_again(integration):
    replay.send_sample(integration.pk)
    first = Incident.objects.get()
    close_due(first.closes_at)

    again = restart.reopen(first.pk)
    closed = close_due(again.closes_at)

    assert again.closes_at > first.closes_at - TEST_TTL
    assert closed == 1


def test_a_real_incident_is_never_closed_by_itself(integration, client):
    post(client, integration, _alert())
    work()

    assert close_due(timezone.now() + TEST_TTL * 100) == 0


def test_a_real_alert_of_the_same_key_is_not_swallowed_by_a_test(integration, ana, bob, client):
    replay.send_sample(integration.pk, audience="me", by=ana)
    tested = InboundMessage.objects.get()

    post(client, integration, bytes(tested.body))
    work()

    real = Incident.objects.get(is_test=False)
    assert real.notifications.filter(user=bob, channel="email").exists()


def test_the_end_of_a_test_does_not_close_what_is_real(integration, client):
    replay.send_sample(integration.pk, audience="log", by=None)
    post(client, integration, bytes(InboundMessage.objects.get().body))
    work()

    replay.send_sample(integration.pk, "close")

    assert Incident.objects.get().status == "open"


def test_page_for_real_pages_although_a_test_for_me_is_open(integration, ana, bob):
    replay.send_sample(integration.pk, audience="me", by=ana)

    replay.send_sample(integration.pk, audience="everyone", by=ana)

    assert Notification.objects.filter(user=bob, channel="email").count() == 1


def test_a_sample_that_closes_ends_the_test_of_the_same_audience(integration, ana):
    replay.send_sample(integration.pk, "open", audience="me", by=ana)

    replay.send_sample(integration.pk, "close", audience="me", by=ana)

    assert Incident.objects.get().status == "resolved"


def test_a_replayed_test_reaches_nobody_more_than_the_test_did(integration, ana):
    tested = replay.send_sample(integration.pk, audience="log", by=ana)

    replay.replay(tested.pk)

    assert not Incident.objects.exists()


def test_the_api_tells_the_caller_alone_unless_it_says_otherwise(integration, ana, bob):
    api, path = script(ana), f"/api/v1/integrations/{integration.pk}/test/"

    first = api.post(path).json()
    logged = api.post(path, {"audience": "log"}).json()
    bad = api.post(path, {"audience": "all"})

    assert (first["test_audience"], logged["test_audience"]) == ("me", "log")
    assert logged["incident"] is None
    assert not Notification.objects.filter(user=bob).exists()
    assert bad.status_code == 400
    shown = api.get(f"/api/v1/incidents/{first['incident']}/").json()
    assert shown["is_test"]
    assert shown["closes_at"] is not None


def _alert():
    return {"status": "firing", "alerts": [{"status": "firing", "labels": {"alertname": "Disk"}}]}
