"""One message in Slack about each incident, which changes with it, and whose buttons act."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import open as incident_open
from incidents.actions import respond
from notifications.actions import message_updates, updates
from notifications.actions.deliver import deliver
from notifications.models import (
    MessageUpdate,
    Notification,
    Provider,
    ReceivedReply,
    ServiceNotificationSettings,
    SharedChannel,
)
from notifications.page import MAX_ATTEMPTS
from notifications.providers import _slack
from tests.factories import make_incident, make_method, make_page, make_service, make_user
from tests.notifications.fake_slack import SECRET, TOKEN, FakeSlack, buttons_of, press_of, signed
from tests.pages import make_person
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack(local_network, monkeypatch):
    server = FakeSlack()
    monkeypatch.setattr(_slack, "API", server.api)
    monkeypatch.setattr(_slack, "RESPONSE_URLS", (server.api.removesuffix("api"),))
    config = {"bot_token": TOKEN, "signing_secret": SECRET, "client_id": "", "client_secret": ""}
    server.provider = Provider.objects.create(
        channel="slack", kind="slack", name="Acme", config=config
    )
    yield server
    server.stop()


def make_slack_service(**switches):
    service = make_service()
    channel = SharedChannel.objects.create(name="#ops", channel="slack", config={"to": "C1"})
    ServiceNotificationSettings.objects.create(service=service, **switches).channels.set([channel])
    return service


def tell():
    """What the scheduler and the workers do about what has happened."""
    updates.notify_status_updates()
    run_tasks()


@pytest.fixture
def incident(slack):
    incident = incident_open.open_incident(make_slack_service(), "Disk full")
    tell()
    return incident


def make_slacker(role="Owner", slack_id="U42", **fields):
    user = make_person(role, **fields) if role else make_user(**fields)
    make_method(user, "slack", {"to": slack_id})
    return user


def press(client, slack, action, user="U42", *, post=None, **how):
    element = buttons_of(post or slack.roots[0])[action]
    url = f"{slack.api.removesuffix('api')}answers/1"
    body = press_of(element, user, url=url, **how)
    answer = client.post(
        f"/callbacks/{slack.provider.token}/",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers=signed(body, time.time()),
    )
    tell()
    return answer


def answers(slack):
    return [body.decode() for path, _, body in slack.requests if path == "/answers/1"]


def test_one_message_in_the_channel_changes_with_the_incident_and_has_a_thread(slack, incident):
    jane = make_user("Jane")

    respond.acknowledge(incident.pk, by=jane)
    tell()
    respond.resolve(incident.pk, by=jane)
    tell()

    assert len(slack.roots) == 1
    assert "[RESOLVED]" in slack.roots[0]["text"]
    assert buttons_of(slack.roots[0]) == {}
    assert slack.threads == ["Acknowledged. It is assigned to Jane.", "Resolved."]
    assert not MessageUpdate.objects.exists()


def test_the_channel_mentions_who_is_paged_by_the_slack_id_or_names_them(slack):
    jane, bob = make_slacker(name="Jane"), make_user("Bob <!here>")
    incident = incident_open.open_incident(make_slack_service(), "Disk full")
    for person in (jane, bob):
        make_page(incident, person)

    tell()

    (post,) = [post for post in slack.roots if post["channel"] == "C1"]
    assert "*Paged*\n<@U42>, Bob &lt;!here&gt;" in [
        field["text"] for block in post["blocks"] for field in block.get("fields", [])
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda i, u: respond.acknowledge(i.pk, by=u, via="SMS"), "[ACKNOWLEDGED]"),
        (lambda i, u: respond.assign(i.pk, u, by=u), "[ACKNOWLEDGED]"),
        (lambda i, u: respond.snooze(i.pk, timezone.now() + timedelta(hours=1)), "[ON HOLD]"),
    ],
)
def test_it_changes_whoever_does_it_and_whatever_the_service_tells(slack, change, shown):
    service = make_slack_service(on_acknowledged=False)
    incident = incident_open.open_incident(service, "Disk full")
    tell()

    change(incident, make_user())
    tell()

    assert shown in slack.roots[0]["text"]
    assert slack.threads == []


def test_a_persons_message_changes_when_somebody_else_takes_it(slack):
    user, incident = make_slacker(), make_incident()
    now = timezone.now()
    row = Notification.objects.create(
        incident=incident,
        user=user,
        contact_method=user.contact_methods.get(channel="slack"),
        channel="slack",
        page_key="p",
        address_key="a",
        next_attempt_at=now,
        facts={"paging_round": 1},
    )
    deliver([(row.pk, 0)])

    respond.acknowledge(incident.pk, by=make_user("Bob"))
    tell()

    post = slack.posts["D42", "1700000000.000100"]
    assert "[ACKNOWLEDGED]" in post["text"]
    assert "Bob" in str(post["blocks"])


def test_what_changed_while_it_was_being_sent_is_shown_too(slack, incident):
    row = Notification.objects.get(shared_channel__isnull=False)
    message_updates.request_if_changed([row])
    assert not MessageUpdate.objects.exists()
    row.incident.status = "acknowledged"  # as it was when the message was written

    message_updates.request_if_changed([row])

    assert MessageUpdate.objects.get().provider_id == "C1:1700000000.000100"


def test_changes_that_come_together_are_one_request(slack, incident):
    calls = len(slack.calls)
    for _ in range(3):
        message_updates.request([incident.pk])

    run_tasks()

    assert [method for method, _ in slack.calls[calls:]] == ["chat.update"]
    assert not MessageUpdate.objects.exists()


def test_a_busy_slack_is_asked_again_when_it_says_and_no_page_waits_for_it(slack, incident):
    slack.fail = [(429, {"ok": False, "error": "ratelimited"}, {"Retry_After": "30"})]

    message_updates.request([incident.pk])
    run_tasks()

    update = MessageUpdate.objects.get()
    assert update.due_at > timezone.now() + timedelta(seconds=25)
    MessageUpdate.objects.update(due_at=timezone.now())
    message_updates.hand_over_due(timezone.now())
    run_tasks()
    assert not MessageUpdate.objects.exists()


def test_a_message_that_was_deleted_there_is_given_up(slack, incident):
    slack.posts.clear()

    message_updates.request([incident.pk])
    run_tasks()

    assert not MessageUpdate.objects.exists()


PRESSES = {
    "acknowledge": ("acknowledged", "Yours: #{n} acknowledged."),
    "resolve": ("resolved", "#{n} resolved."),
    "assign": ("acknowledged", "#{n} assigned."),
    "snooze": ("on_hold", "#{n} snoozed."),
}


@pytest.mark.parametrize("action", PRESSES)
def test_a_button_acts_as_the_person_and_says_so(client, slack, incident, action):
    (status, words), user = PRESSES[action], make_slacker()

    answer = press(client, slack, action)

    incident.refresh_from_db()
    assert (answer.status_code, answer.content) == (200, b"")
    assert incident.status == status
    assert incident.timeline.filter(by=user, via="Slack").count() == 1
    assert words.format(n=incident.pk) in answers(slack)[0]
    assert status.replace("_", " ").upper() in slack.roots[0]["text"]


def test_the_same_press_twice_is_done_once(client, slack, incident):
    make_slacker()
    post = {**slack.roots[0]}

    for _ in range(2):
        press(client, slack, "snooze", post=post)

    assert incident.timeline.filter(verb="snoozed").count() == 1
    assert ReceivedReply.objects.count() == 1


def test_a_change_that_nobody_can_make_is_given_up_after_some_tries(slack, incident):
    channel = SharedChannel.objects.get()
    channel.config = {}  # Of no form, so that the module stumbles over it.
    channel.save()
    respond.resolve(incident.pk)
    MessageUpdate.objects.all().delete()
    message_updates.request([incident.pk])
    made = 0

    while row := MessageUpdate.objects.first():
        MessageUpdate.objects.update(due_at=timezone.now())
        message_updates.run(row.pk)
        made += 1

    assert made == MAX_ATTEMPTS


def test_who_is_not_linked_is_told_how_and_changes_nothing(client, slack, incident):
    press(client, slack, "resolve", user="U43")

    incident.refresh_from_db()
    assert incident.status == "open"
    assert "/me/contact-methods/add/slack/|Add Slack to your contact methods>" in answers(slack)[0]


def test_an_unverified_id_acts_for_nobody(client, slack, incident):
    make_slacker().contact_methods.update(verified_at=None)

    press(client, slack, "resolve")

    incident.refresh_from_db()
    assert incident.status == "open"


def test_who_may_not_act_is_refused_with_the_reason(client, slack, incident):
    make_slacker("", name="Eve")

    press(client, slack, "resolve")

    incident.refresh_from_db()
    assert incident.status == "open"
    assert "that Eve may see" in answers(slack)[0]


def test_a_button_of_an_earlier_round_does_nothing(client, slack, incident):
    make_slacker()
    incident.paging_round += 1
    incident.save(update_fields=["paging_round"])

    press(client, slack, "resolve")

    incident.refresh_from_db()
    assert incident.status == "open"
    assert "earlier round" in answers(slack)[0]


def test_a_press_that_slack_did_not_sign_is_refused(client, slack, incident):
    make_slacker()
    body = press_of(buttons_of(slack.roots[0])["resolve"], "U42")

    answer = client.post(
        f"/callbacks/{slack.provider.token}/",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers=signed(body, time.time(), secret="other"),
    )

    incident.refresh_from_db()
    assert (answer.status_code, incident.status) == (403, "open")
