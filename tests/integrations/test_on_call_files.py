"""Who is on call, as lines, cards and calendars for telephone systems."""

import base64
from datetime import UTC, datetime

import icalendar

from escalation.actions import feeds
from escalation.choices import FeedKind
from escalation.on_call.shift_documents import content_of
from tests.api import make_person
from tests.factories import make_schedule, make_user
from tests.integrations.on_call import AT, CHANGE, get


def test_a_line_for_each_person_with_the_number_as_it_is_dialled(client, key, rota):
    schedule = rota[0]
    secret = base64.b64encode(f"phone:{key}".encode()).decode()

    answer = client.get(
        f"/oncall/{schedule.pk}.txt?at={AT}", headers={"Authorization": f"Basic {secret}"}
    )
    assert answer.content.decode() == "Ana\t+493012345\n"
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Cache-Control"] == "no-store"
    following = client.get(f"/oncall/Payments.txt?at={CHANGE}", headers={"X-API-Key": key})
    assert following.content.decode() == "Bo\t\n"


def test_nobody_is_an_answer_without_a_line(client, key, rota):
    for person in rota[1:]:
        person.is_active = False
        person.save()

    answer = get(client, key, f"/oncall/{rota[0].pk}.txt")

    assert (answer.status_code, answer.content) == (200, b"")


def test_the_same_as_json_as_cards_and_as_a_calendar(client, key, rota):
    schedule, ana, _ = rota
    found = get(client, key, f"/oncall/{schedule.pk}.json", at=AT).json()
    assert found["people"] == [{"name": "Ana", "email": ana.email, "phone": "+493012345"}]
    assert found["until"] == "2026-03-30T07:00:00+00:00"
    assert [one["name"] for one in found["next"]] == ["Bo"]

    card = get(client, key, f"/oncall/{schedule.pk}.vcf", at=AT).content.decode()
    assert card.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\n")
    assert "\r\nTEL;TYPE=VOICE:+493012345\r\n" in card

    text = get(client, key, f"/oncall/{schedule.pk}.ics", at=AT).content
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert [str(one["summary"]) for one in events][:2] == ["Ana: Payments", "Bo: Payments"]
    assert events[1].decoded("dtstart").isoformat() == "2026-03-30T07:00:00+00:00"
    assert len({str(one["uid"]) for one in events}) == len(events)


def test_the_calendar_by_key_has_the_events_of_the_feed(client, key, rota):
    schedule, now = rota[0], datetime.now(UTC)
    feed, _ = feeds.add_feed(make_person("Owner"), schedule, FeedKind.WHOLE)
    of_feed = {one.uid: one for one in content_of(feed, now).events}

    first = get(client, key, f"/oncall/{schedule.pk}.ics").content
    events = icalendar.Calendar.from_ical(first).walk("VEVENT")

    assert len(events) >= 4
    for one in events[1:-1]:  # The first and the last are cut by the span.
        twin = of_feed[str(one["uid"])]
        shown = (one.decoded("dtstart"), one.decoded("dtend"), str(one["summary"]))
        assert shown == (twin.start, twin.end, twin.summary)
        assert str(one["description"]) == twin.description
        assert one.decoded("dtstamp") == twin.changed_at.replace(microsecond=0)


def test_a_name_cannot_break_out_of_its_card(client, key):
    person = make_user("Eve")
    person.name = "Eve\r\nTEL:+666; a, b"
    person.save()
    schedule = make_schedule(person, name="Odd")

    card = get(client, key, f"/oncall/{schedule.pk}.vcf").content.decode()
    line = get(client, key, f"/oncall/{schedule.pk}.txt").content.decode()

    assert "\r\nFN:Eve\\nTEL:+666\\; a\\, b\r\n" in card
    assert line == "Eve TEL:+666; a, b\t\n"
