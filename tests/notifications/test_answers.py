"""Answers to text messages act as the person of the number, once."""

import pytest

from notifications.actions import replies
from notifications.actions.deliver import deliver
from notifications.models import ContactMethod, Notification
from notifications.receipts import Reply
from tests.notifications.accounts import (
    NUMBER,
    make_page,
    make_phone,
    make_provider,
    sent_page,
    twilio,
)

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db


def reply(text, event_id="E1", address=NUMBER):
    return replies.answer("sms", "1", Reply(address=address, text=text, event_id=event_id))


@pytest.mark.parametrize("text", ["ack {n}", "ACK #{n}", " a {n}.", "ok", "Acknowledge", "ack all"])
def test_an_answer_acknowledges_as_the_person_of_the_number(twilio, text):
    row = sent_page(twilio)

    said = reply(text.format(n=row.incident_id))

    row.incident.refresh_from_db()
    assert said == f"Yours: #{row.incident_id} acknowledged."
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert row.incident.timeline.filter(verb="acknowledged", via="SMS").count() == 1


def test_the_same_answer_twice_is_done_once(twilio):
    row = sent_page(twilio)
    first = reply(f"resolve {row.incident_id}")

    assert reply(f"resolve {row.incident_id}") == first == f"#{row.incident_id} resolved."
    assert row.incident.timeline.filter(verb="resolved").count() == 1


def test_of_several_incidents_a_bare_answer_asks_which(twilio):
    make_provider()
    method = make_phone()
    rows = [make_page(method), make_page(method)]
    deliver([(row.pk, 0) for row in rows])

    said = reply("ack")

    assert (
        said == f"Which one? #{rows[0].incident_id}, #{rows[1].incident_id}. Nothing was changed."
    )
    assert not Notification.objects.filter(incident__status="acknowledged").exists()


def test_an_unknown_number_is_not_answered_and_changes_nothing(twilio):
    row = sent_page(twilio)

    assert reply(f"ack {row.incident_id}", address="+4915100000000") == ""

    row.incident.refresh_from_db()
    assert row.incident.status == "open"


def test_an_unverified_number_is_not_answered(twilio):
    row = sent_page(twilio)
    ContactMethod.objects.update(verified_at=None)

    assert reply(f"ack {row.incident_id}") == ""


def test_an_answer_to_an_earlier_round_does_nothing(twilio):
    row = sent_page(twilio)
    row.incident.paging_round += 1
    row.incident.save(update_fields=["paging_round"])

    assert "earlier round" in reply(f"ack {row.incident_id}")


def test_help_is_told_once_in_ten_minutes(twilio):
    sent_page(twilio)

    assert [bool(reply("what?", event_id=str(n))) for n in range(3)] == [True, False, False]


def test_escalate_takes_the_next_step(twilio):
    row = sent_page(twilio)

    assert reply(f"esc {row.incident_id}") == f"Incident #{row.incident_id} is not being escalated."
