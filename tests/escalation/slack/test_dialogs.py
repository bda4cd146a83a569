"""Dialogs in Slack: opened by a menu or a shortcut, and done as whoever fills them in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import start
from escalation.slack import views
from incidents.actions import respond
from incidents.models import Incident
from notifications.choices import NotificationEvent
from tests.escalation.slack.workspace import chosen, make_slacker, typed
from tests.factories import make_incident, make_policy, make_service, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def jane(slack):
    return make_slacker("U42", name="Jane")


@pytest.fixture
def incident():
    return make_incident(title="Disk full")


def errors_of(answer):
    assert answer["response_action"] == "errors"
    return answer["errors"]


def section_of(view):
    return view["blocks"][0]["text"]["text"]


def test_an_incident_is_assigned_to_whom_is_chosen(slack, jane, incident):
    bob = make_user("Bob")
    slack.choose("assign", incident)
    found = slack.interact("block_suggestion", block_id="user", value="bo", view=slack.views[-1])

    answer = slack.submit(user=chosen(bob.pk))

    assert slack.views[-1]["title"]["text"] == f"Assign #{incident.pk}"
    assert [(one["text"]["text"], one["value"]) for one in found["options"]] == [
        ("Bob", str(bob.pk))
    ]
    assert answer == {}
    incident.refresh_from_db()
    assert incident.assignee == bob
    line = incident.timeline.get(verb="assigned")
    assert (line.by, line.via) == (jane, "Slack")


def test_a_stakeholder_is_neither_offered_nor_assigned(slack, jane, incident):
    sue = make_slacker("U43", role="Stakeholder", name="Sue")
    slack.choose("assign", incident)

    found = slack.interact("block_suggestion", block_id="user", value="sue", view=slack.views[-1])
    answer = slack.submit(user=chosen(sue.pk))

    assert found == {"options": []}
    assert errors_of(answer)["user"].startswith("Sue is a Stakeholder")
    incident.refresh_from_db()
    assert incident.assignee is None


def test_it_is_snoozed_until_a_time_and_for_a_reason(slack, jane, incident):
    slack.choose("snooze", incident)
    until = (timezone.now() + timedelta(hours=3)).replace(second=0, microsecond=0)

    past = slack.submit(
        until={"type": "datetimepicker", "selected_date_time": 1}, reason=typed("later")
    )
    slack.submit(
        until={"type": "datetimepicker", "selected_date_time": int(until.timestamp())},
        reason=typed("the vendor is at it"),
    )

    assert errors_of(past) == {"until": "Must be a time in the future."}
    incident.refresh_from_db()
    assert (incident.status, incident.snoozed_until) == ("on_hold", until)
    assert incident.timeline.get(verb="snoozed").text == "the vendor is at it"


def test_a_note_is_added_once(slack, jane, incident):
    slack.choose("note", incident)

    for _ in range(2):
        assert slack.submit(text=typed("I see it, too"), view_id="V7") == {}

    line = incident.timeline.get(verb="commented")
    assert (line.text, line.by, line.via) == ("I see it, too", jane, "Slack")


def test_a_dialog_of_an_earlier_round_does_nothing(slack, jane):
    incident = make_incident()
    slack.choose("assign", incident)
    Incident.objects.filter(pk=incident.pk).update(paging_round=incident.paging_round + 1)

    answer = slack.submit(user=chosen(jane.pk))

    assert "That was an earlier round" in errors_of(answer)["user"]


def test_what_is_over_meanwhile_is_said_at_the_field(slack, jane, incident):
    slack.choose("assign", incident)
    respond.resolve(incident.pk, by=jane)

    assert "already resolved" in errors_of(slack.submit(user=chosen(jane.pk)))["user"]


def test_who_may_not_act_is_told_why_in_place_of_a_dialog(slack, incident):
    make_slacker("U43", role="Stakeholder", name="Sue")

    slack.choose("assign", incident, "U43")
    slack.choose("assign", incident, "U99")

    assert [view["type"] for view in slack.views] == ["modal", "modal"]
    assert not any("submit" in view for view in slack.views)
    assert "incident" in section_of(slack.views[0])
    assert "does not know who you are here" in section_of(slack.views[1])


def test_a_dialog_that_comes_too_late_is_said(slack, jane, incident):
    slack.expired = {"old.1"}

    slack.choose("note", incident, trigger_id="old.1")

    assert slack.views == []
    assert slack.told == [
        "Slack did not open the dialog in time, and nothing is changed. Press again."
    ]


def test_a_forged_submission_acts_only_as_its_sender_may(slack, jane, incident):
    slack.choose("note", incident)
    make_slacker("U43", role="", name="Nobody")

    denied = slack.submit("U43", text=typed("x"))
    unknown = slack.submit("U99", text=typed("x"))

    assert "that you may see" in errors_of(denied)["text"]
    assert "does not know who you are here" in section_of(unknown["view"])
    assert not incident.timeline.filter(verb="commented").exists()


def test_what_a_policy_does_not_offer_in_chats_is_refused(slack, jane):
    policy = make_policy(jane, response_buttons={"assign": ["email"], "snooze": []})
    incident = start.open_incident(make_service(policy), "Disk full", severity="critical")
    bob = make_user("Bob")

    slack.choose("assign", incident)
    assigned = slack.submit(user=chosen(bob.pk))
    slack.choose("snooze", incident)
    until = int(timezone.now().timestamp()) + 3600
    snoozed = slack.submit(until={"selected_date_time": until})

    incident.refresh_from_db()
    assert "takes no assign by Chat" in str(errors_of(assigned))
    assert "takes no snooze by Chat" in str(errors_of(snoozed))
    assert (incident.assignee, incident.snoozed_until) == (None, None)


@pytest.mark.parametrize("kind", ["shortcut", "message_action"])
def test_an_incident_is_opened_by_a_shortcut(slack, jane, kind):
    shop = make_service(make_policy([make_user("Ana")]), name="Web shop")
    message = {"message": {"text": "Checkout &amp; login fail\nsince noon"}}

    slack.interact(
        kind,
        callback_id="new_incident",
        trigger_id=slack.next_trigger(),
        **(message if kind == "message_action" else {}),
    )
    offered = slack.interact(
        "block_suggestion", block_id="service", value="shop", view=slack.views[-1]
    )
    answer = slack.submit(
        service=chosen(shop.pk),
        title=typed("Checkout fails"),
        severity=chosen("error"),
        description=typed("since noon"),
    )

    blocks = {one["block_id"]: one["element"] for one in slack.views[-1]["blocks"]}
    filled = "Checkout & login fail" if kind == "message_action" else None
    assert blocks["title"].get("initial_value") == filled
    assert [one["value"] for one in offered["options"]] == [str(shop.pk)]
    opened = Incident.objects.get()
    assert (opened.title, opened.severity, opened.description) == (
        "Checkout fails",
        "error",
        "since noon",
    )
    assert answer["response_action"] == "update"
    assert "is open, and people are told" in section_of(answer["view"])
    assert opened.notifications.filter(event=NotificationEvent.TRIGGERED).exists()


def test_what_is_missing_is_said_at_its_field(slack, jane):
    slack.interact("shortcut", callback_id="new_incident", trigger_id=slack.next_trigger())

    answer = slack.submit(service={"selected_option": None}, title=typed("x"))

    assert errors_of(answer) == {"service": "Choose a service."}


def test_who_may_open_none_is_told_why(slack):
    make_slacker("U42", role="Stakeholder")

    slack.interact("shortcut", callback_id="new_incident", trigger_id=slack.next_trigger())

    assert "Messages_Send_GlobalAccess" in section_of(slack.views[-1])


def test_texts_of_others_are_cut_to_what_slack_takes():
    view = views.new_incident("x" * 500, "y" * 5000)

    blocks = {one["block_id"]: one["element"] for one in view["blocks"]}
    assert len(blocks["title"]["initial_value"]) == blocks["title"]["max_length"] == 300
    assert len(blocks["description"]["initial_value"]) == 3000
    (option,) = views.options([("n" * 200, "1")])["options"]
    assert len(option["text"]["text"]) == 75
