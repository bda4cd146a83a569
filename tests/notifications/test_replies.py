"""Answers act for whoever was asked, and only on what they name."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from incidents.actions import edit, respond
from notifications.actions import replies
from notifications.models import ReceivedReply
from notifications.receipts import Reply
from notifications.replies import Command, parse
from tests.factories import make_incident, make_user
from tests.keys import lose
from tests.notifications.accounts import NUMBER, make_page, make_phone
from tests.rows import each


def told(method, incident=None, *, minutes_ago=0, message_id=""):
    """A page that reached this address."""
    row = make_page(method, incident)
    row.state, row.done_at = "sent", timezone.now() - timedelta(minutes=minutes_ago)
    row.save(update_fields=["state", "done_at"])
    if message_id:
        row.attempts.create(
            number=1,
            started_at=row.done_at,
            outcome="accepted",
            provider="1",
            provider_id=message_id,
        )
    return row


def say(text, event_id="E1", **how):
    reply = Reply(address=NUMBER, text=text, event_id=event_id, **how)
    return replies.answer("sms", "1", reply)


def status_of(row):
    row.incident.refresh_from_db()
    return row.incident.status, row.incident.assignee


@each(
    "text",
    [
        "a few minutes please", "C u later", "r u there?", "ok, what is it", "e-mail me",
        "take care", "Acknowledge receipt of your message", "ack 12345678901", "ack 1042x",
        "resolve it #",
    ],
)  # fmt: skip
def test_a_sentence_that_begins_like_a_command_is_none(text):
    assert parse(text) == Command("help")


@each("text", ["ack", " Ack! ", "ok.", "ACK\nSent from my phone", "ack\n2 of us are on it"])
def test_a_bare_command_stands_alone_in_its_line(text):
    assert parse(text) == Command("acknowledge")


@pytest.mark.django_db
def test_of_two_people_with_one_number_the_one_who_was_asked_acts():
    first, second = make_phone(position=0), make_phone(position=1)
    told(first, minutes_ago=5)
    asked = told(second, minutes_ago=9)

    said = say(f"ack {asked.incident_id}")

    assert said == f"Yours: #{asked.incident_id} acknowledged."
    assert status_of(asked) == ("acknowledged", second.user)


@pytest.mark.django_db
def test_a_bare_answer_of_a_shared_number_is_of_whom_the_last_message_was_to():
    first, second = make_phone(position=0), make_phone(position=1)
    told(first, minutes_ago=5)
    last = told(second, minutes_ago=1)

    say("ack")

    assert status_of(last) == ("acknowledged", second.user)


@pytest.mark.django_db
def test_a_shared_number_acts_on_nothing_that_nobody_of_it_was_told_of():
    make_phone(), make_phone()
    incident = make_incident()

    assert say(f"resolve {incident.pk}") == replies.SHARED

    incident.refresh_from_db()
    assert incident.status == "open"


@pytest.mark.django_db
def test_an_answer_to_a_message_that_is_not_known_does_not_act_on_the_last_one():
    method = make_phone()
    row, other = told(method, message_id="SM1", minutes_ago=9), told(method, message_id="SM2")

    assert say("ack", in_reply_to="SM9").startswith("That message to you was about no incident")
    assert [status_of(one)[0] for one in (row, other)] == ["open", "open"]

    say("ack", "E2", in_reply_to="SM1")
    assert [status_of(one)[0] for one in (row, other)] == ["acknowledged", "open"]


@pytest.mark.django_db
def test_where_others_read_it_a_private_incident_shows_its_number_alone():
    row = told(make_phone())
    edit.edit(row.incident_id, is_private=True, by=row.user)
    respond.assign(row.incident_id, make_user("carol"), by=row.user)
    number = row.incident_id

    said = [
        say(f"status {number}", "E1", is_public=True),
        say(f"ack {number}", "E2", is_public=True),
    ]

    assert said == [
        f"#{number} is private. Ask for it where nobody else reads the answer.",
        f"#{number} acknowledged.",
    ]
    assert row.incident.title in say(f"status {number}", "E3")


@pytest.mark.django_db
def test_a_number_that_does_not_exist_is_told_as_one_that_may_not_be_seen():
    method = make_phone()
    hidden = make_incident(is_private=True)

    said = [say(f"status {number}", str(number)) for number in (hidden.pk, hidden.pk + 1)]

    assert said[1] == said[0].replace(str(hidden.pk), str(hidden.pk + 1))
    assert str(method.user) in said[0]


@pytest.mark.django_db
def test_what_failed_is_done_when_it_comes_again(monkeypatch):
    row = told(make_phone())

    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setitem(replies.VERBS, "acknowledge", fail)
    with pytest.raises(DatabaseError):
        say("ack")
    monkeypatch.undo()

    assert say("ack") == f"Yours: #{row.incident_id} acknowledged."


@pytest.mark.django_db
def test_answers_without_an_id_are_each_done():
    row = told(make_phone())

    assert [say("ack", ""), say("resolve\0", "")] == [
        f"Yours: #{row.incident_id} acknowledged.",
        f"#{row.incident_id} resolved.",
    ]


@pytest.mark.django_db
def test_an_address_of_another_that_cannot_be_read_silences_nobody():
    row = told(make_phone())
    lost = make_phone("+4915100000001", position=0)
    lose(lost, "config")

    assert say("ack") == f"Yours: #{row.incident_id} acknowledged."


@pytest.mark.django_db
def test_old_answers_are_deleted_in_batches():
    now = timezone.now()
    for age in (500, 450, 10):
        ReceivedReply.objects.create(
            provider="1", event_id=str(age), channel="sms", received_at=now - timedelta(days=age)
        )
    before = now - timedelta(days=400)

    assert [replies.delete_old(before, limit=1) for _ in range(3)] == [1, 1, 0]
    assert ReceivedReply.objects.get().event_id == "10"
