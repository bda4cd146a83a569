"""Calendars of others say who is on call in a layer; a broken one changes nothing."""

import random
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from escalation.actions import calendars, schedules
from escalation.actions.calendars import Draft, refresh_due
from escalation.actions.publish_shifts import publish_due
from escalation.models import LayerCalendar, ScheduleChange
from escalation.on_call.calendar_reading import Copy
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.calendar_file import ShiftEvent, calendar_file
from escalation.schedules.calendar_import import (
    CalendarUnreadable,
    events_of,
    from_now_on,
    intervals_of,
)
from escalation.schedules.definition import Definition
from escalation.schedules.personal_shifts import personal_shifts
from escalation.schedules.resolver import shifts, who
from notifications.models import Notification
from tests.api import make_person
from tests.escalation.schedules.people import instant
from tests.escalation.schedules.random_facts import schedule as random_schedule
from tests.factories import make_schedule, make_team, make_user
from tests.keys import lose, raw

BERLIN = ZoneInfo("Europe/Berlin")
SPAN = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
PEOPLE = {"ana": 1, "bo": 2, "ana@shop.example": 1, "bo@shop.example": 2, "cy-lee": 3}


def ics(*events):
    rows = [f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT" for n, event in enumerate(events)]
    text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *rows, "END:VCALENDAR", ""])
    return text.replace("\n", "\r\n").encode()


def event(start, end, title="Ana", *more):
    return "\n".join([f"DTSTART{start}", f"DTEND{end}", f"SUMMARY:{title}", *more])


def found_in(*events, span=SPAN):
    rows, unknown = intervals_of(
        events_of(ics(*events), BERLIN, *span), lambda name: PEOPLE.get(name.casefold())
    )
    return [
        (
            datetime.fromtimestamp(start, UTC).strftime("%m-%dT%H:%M"),
            datetime.fromtimestamp(end, UTC).strftime("%m-%dT%H:%M"),
            people,
        )
        for start, end, people in rows
    ], unknown


def test_times_are_utc_of_a_zone_or_those_of_the_schedule():
    found, _ = found_in(
        event(":20260310T080000Z", ":20260310T090000Z"),
        event(";TZID=America/New_York:20260311T080000", ";TZID=America/New_York:20260311T090000"),
        event(":20260312T080000", ":20260312T090000"),
        event(";VALUE=DATE:20260313", ";VALUE=DATE:20260315"),
    )

    assert [(start, end) for start, end, _ in found] == [
        ("03-10T08:00", "03-10T09:00"),
        ("03-11T12:00", "03-11T13:00"),
        ("03-12T07:00", "03-12T08:00"),
        ("03-12T23:00", "03-14T23:00"),
    ]


def test_recurrences_and_their_exceptions():
    weekly = event(":20260302T090000", ":20260302T170000", "Ana", "RRULE:FREQ=WEEKLY;COUNT=4")
    weekly += "\nEXDATE:20260309T090000"
    moved = event(":20260317T090000", ":20260317T170000", "Bo", "RECURRENCE-ID:20260316T090000")
    rows = ics(weekly, moved).replace(b"UID:1", b"UID:0")

    found = events_of(rows, BERLIN, *SPAN)
    assert [
        (datetime.fromtimestamp(one.start, BERLIN).strftime("%m-%d %H:%M"), one.title)
        for one in found
    ] == [("03-02 09:00", "Ana"), ("03-17 09:00", "Bo"), ("03-23 09:00", "Ana")]


@pytest.mark.parametrize(
    ("title", "more", "people", "unknown"),
    [
        ("[L1] On call: Ana", (), (1,), []),
        ("on-call Bo", (), (2,), []),
        ("Ana, Bo", (), (1, 2), []),
        ("Ana and Zoe", (), (1,), ["Zoe"]),
        ("Cy-Lee", (), (3,), []),
        ("BO@shop.example", (), (2,), []),
        (
            "Party",
            ("ATTENDEE:mailto:ana@shop.example", "ORGANIZER:mailto:bo@shop.example"),
            (1,),
            [],
        ),
        ("Bo", ("ATTENDEE:MAILTO:no@shop.example",), (2,), []),
        ("Zoe", ("ORGANIZER:mailto:bo@shop.example",), None, ["Zoe"]),
    ],
)
def test_an_event_names_people_by_whom_it_invites_or_by_its_title(title, more, people, unknown):
    found, others = found_in(event(":20260310T080000Z", ":20260310T090000Z", title, *more))

    assert [row[2] for row in found] == ([people] if people else [])
    assert others == unknown


def test_events_at_the_same_time_count_together_and_cancelled_ones_not():
    found, _ = found_in(
        event(":20260310T080000Z", ":20260310T120000Z", "Ana"),
        event(":20260310T100000Z", ":20260310T140000Z", "Bo"),
        event(":20260310T080000Z", ":20260310T140000Z", "Cy-Lee", "STATUS:CANCELLED"),
    )

    assert found == [
        ("03-10T08:00", "03-10T10:00", (1,)),
        ("03-10T10:00", "03-10T12:00", (1, 2)),
        ("03-10T12:00", "03-10T14:00", (2,)),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"",
        ics("DTSTART:nonsense\nSUMMARY:Ana")[:-40],
        ics(event(":20260310T080000Z", ":20260310T080001Z", "Ana", "RRULE:FREQ=SECONDLY")),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(body):
    with pytest.raises(CalendarUnreadable):
        events_of(body, BERLIN, *SPAN)


def test_a_calendar_without_end_is_bounded(monkeypatch):
    monkeypatch.setattr("escalation.schedules.calendar_import.MAX_EVENTS", 50)
    hourly = event(":20260310T080000Z", ":20260310T090000Z", "Ana", "RRULE:FREQ=HOURLY")
    with pytest.raises(CalendarUnreadable, match="more than"):
        events_of(ics(hourly), BERLIN, *SPAN)


@pytest.mark.parametrize("seed", range(6))
def test_our_own_feed_read_as_a_layer_has_the_same_people(seed):
    known, _, (start, end) = random_schedule(random.Random(seed))
    events = [
        ShiftEvent(
            uid=one.key,
            start=datetime.fromtimestamp(one.start, UTC),
            end=datetime.fromtimestamp(one.end, UTC),
            summary=f"On call: person {one.user}",
            changed_at=SPAN[0],
        )
        for one in personal_shifts(known, start, end)
    ]
    file = calendar_file("x", "UTC", events)
    span = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    match = {f"person {number}": number for number in range(9)}.get
    found, unknown = intervals_of(events_of(file, BERLIN, *span), match)

    for piece in shifts(known, start, end):
        there = [set(ids) for first, last, ids in found if first <= piece.start < last]
        assert there == ([{place.user for place in piece.places}] if piece.places else [])
    assert unknown == []


def test_what_was_stays_and_what_runs_on_is_one():
    before = [(10, 20, (1,)), (20, 40, (2,))]

    assert from_now_on(before, [(10, 20, (3,)), (20, 40, (2,))], 30) == before
    assert from_now_on(before, [(20, 40, (3,))], 30) == [
        (10, 20, (1,)),
        (20, 30, (2,)),
        (30, 40, (3,)),
    ]
    assert from_now_on(before, [], 30) == [(10, 20, (1,)), (20, 30, (2,))]


# In the database


@pytest.fixture
def ana(db):
    return make_user("Ana")


@pytest.fixture
def schedule(ana):
    schedule = make_schedule(make_user("Bo"), name="Payments")
    publish_due(timezone.now())
    return schedule


def days(title="Ana", count=3):
    """Whole days in Berlin from yesterday on."""
    first = timezone.now().astimezone(BERLIN).date() - timedelta(days=1)
    return ics(
        event(
            f";VALUE=DATE:{first:%Y%m%d}",
            f";VALUE=DATE:{first + timedelta(days=1):%Y%m%d}",
            title,
            f"RRULE:FREQ=DAILY;COUNT={count}",
        )
    )


def add(schedule, body, url="", **names):
    draft = Draft("Google", 2, url, names)
    row = calendars.add_draft(schedule, draft, Copy(body), timezone.now())
    calendars.put_in_force(row, by=None, now=timezone.now())
    return row


def on_call(schedule, at=None):
    at = at or timezone.now() + timedelta(seconds=1)
    facts = load([schedule], at, at + timedelta(hours=1))[schedule.pk]
    return [place.user for place in who(facts, instant_of(at))]


def fetch_again(row, after=timedelta(minutes=11)):
    now = timezone.now() + after
    LayerCalendar.objects.filter(pk=row.pk).update(next_fetch_at=now)
    refresh_due(now)
    row.refresh_from_db()


def test_a_calendar_is_a_layer_by_its_rank_and_holds_from_now_on(ana, schedule):
    (bo,) = on_call(schedule)
    row = add(schedule, days())

    assert on_call(schedule) == [ana.pk]
    assert on_call(schedule, timezone.now() - timedelta(hours=1)) == [bo]
    assert on_call(schedule, timezone.now() + timedelta(days=9)) == [bo]
    publish_due(timezone.now())
    assert (
        "You are on call" in Notification.objects.filter(user=ana).first().facts["notice"]["title"]
    )
    assert schedule.members.filter(user=ana).exists()
    assert row.unknown == []


URL = "https://calendar.example/private-abc/basic.ics"


def test_a_calendar_that_cannot_be_read_stays_in_force_for_ever(ana, schedule, outside):
    team = make_team(make_user("Mia"), is_manager=True)
    schedule.team = team
    schedule.save()
    row = add(schedule, days(count=500), URL)
    outside.answers_with(500, b"oops")
    fetch_again(row)
    assert (on_call(schedule), row.error) == ([ana.pk], "calendar.example answered 500.")
    outside.answers_with(200, b"<html>Sign in</html>")
    fetch_again(row, timedelta(minutes=30))
    assert "no calendar" in row.error
    outside.answers_with(200, b"BEGIN:VCALENDAR\r\nEND:")
    fetch_again(row, timedelta(days=2))
    outside.fails_with(OSError())
    fetch_again(row, timedelta(days=401))

    told = Notification.objects.filter(page_key__startswith="calendar:", channel="inapp")
    assert [one.user.name for one in told] == ["Mia"]
    later = timezone.now() + timedelta(days=450)
    assert on_call(schedule, later) == [ana.pk]
    assert URL not in str(told.get().facts)
    outside.answers_with(200, days(count=500))
    fetch_again(row, timedelta(days=402))
    assert (row.error, row.told_at) == ("", None)


def test_it_is_asked_with_its_marks_and_the_same_one_is_not_read_again(ana, schedule, outside):
    row = add(schedule, days(), URL)
    outside.answers_with(200, days("Bo"), {"ETag": '"7"', "Last-Modified": "Mon"})
    fetch_again(row)
    assert on_call(schedule) == [ana.pk]  # What was does not change.
    assert on_call(schedule, timezone.now() + timedelta(minutes=12)) != [ana.pk]
    ScheduleChange.objects.all().delete()
    outside.answers_with(304)
    fetch_again(row)

    sent = outside.requests[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"7"', "Mon")
    assert sent["User-Agent"].startswith("OpsPortal")
    assert not ScheduleChange.objects.exists()
    assert row.error == ""


def test_a_layer_that_is_removed_is_not_asked_for_any_more(schedule, outside):
    row = add(schedule, days(), URL)
    layers = schedules.definition_at(schedule, timezone.now()).layers[:1]
    schedules.edit_schedule(
        schedule, Definition("Europe/Berlin", layers), effective_from=timezone.now()
    )

    fetch_again(row)

    assert outside.requests == []
    assert row.next_fetch_at is None


def test_the_address_is_kept_as_a_secret(schedule):
    row = add(schedule, days(), URL)

    assert URL not in raw(row, "url")
    assert LayerCalendar.objects.get(pk=row.pk).url == URL


def test_one_whose_address_cannot_be_decrypted_stays_in_force_and_says_so(
    client, ana, schedule, outside
):
    row = add(schedule, days(count=9), URL)
    lose(row, "url")
    now = timezone.now() + timedelta(minutes=11)
    assert refresh_due(now) == 1

    client.force_login(make_person("Owner"))
    page = client.get(f"/calendar-layers/{row.pk}/").content.decode()
    assert "It could not be read" in page
    assert client.get(f"/schedules/{schedule.pk}/settings/").status_code == 200
    assert on_call(schedule) == [ana.pk]
    assert outside.requests == []


def test_names_are_found_and_more_are_taught(ana, schedule):
    two = [make_user("Kim"), make_user("Kim")]
    row = add(schedule, days("Annie & Kim"))
    assert row.unknown == ["Annie", "Kim"]
    assert on_call(schedule) != [ana.pk]

    calendars.change_names(row, {"annie": ana.pk, "kim": two[1].pk}, timezone.now())

    assert set(on_call(schedule, timezone.now() + timedelta(seconds=2))) == {ana.pk, two[1].pk}


def test_it_is_looked_at_before_it_counts(client, ana, schedule):
    client.force_login(make_person("Owner"))
    file = SimpleUploadedFile("x.ics", days("On call: Annie"))
    page = client.post(
        f"/schedules/{schedule.pk}/calendars/add/",
        {"name": "Google", "rank": "2", "file": file},
        follow=True,
    )
    row = LayerCalendar.objects.get()
    assert "<li>Annie</li>" in page.content.decode()
    assert on_call(schedule) != [ana.pk]

    path = f"/calendar-layers/{row.pk}/"
    wrong = client.post(path, {"names": "Annie = nobody@x"})
    assert "write a name" in wrong.content.decode()
    page = client.post(path, {"names": f"Annie = {ana.email}"}, follow=True).content.decode()
    assert "annie = " in page
    client.post(path, {"names": f"Annie = {ana.email}", "do": "use"})
    assert on_call(schedule, timezone.now() + timedelta(seconds=2)) == [ana.pk]
    assert "Google" in client.get(f"/schedules/{schedule.pk}/settings/").content.decode()


def test_what_cannot_be_read_is_said_at_the_form(client, schedule, outside):
    client.force_login(make_person("Owner"))
    path = f"/schedules/{schedule.pk}/calendars/add/"
    outside.answers_with(200, b"<html>")
    for url, sentence in (
        ("webcal://calendar.example/x.ics", "This is no calendar"),
        ("http://calendar.example/x.ics", "begin with https://"),
        ("", "Give an address or a file"),
    ):
        answer = client.post(path, {"name": "Google", "rank": "2", "url": url})
        assert sentence in answer.content.decode()
    client.force_login(make_person("Responder"))
    assert client.get(path).status_code == 404


def test_the_editor_keeps_a_layer_of_a_calendar(client, ana, schedule):
    client.force_login(make_person("Owner"))
    add(schedule, days())
    page = client.get(f"/schedules/{schedule.pk}/edit/").content.decode()
    fields = dict(_inputs(page))
    bo = schedule.members.exclude(user=ana).get().user

    saved = client.post(
        f"/schedules/{schedule.pk}/edit/",
        {**fields, "0-person": [str(bo.pk)], "1-name": "Renamed", "when": "now"},
    )

    assert saved.status_code == 302, saved.content.decode()
    at = timezone.now() + timedelta(minutes=1)
    layers = schedules.definition_at(type(schedule).objects.get(), at).layers
    assert [(one.name, one.calendar) for one in layers] == [("Weekly", False), ("Renamed", True)]
    assert on_call(schedule, at) == [ana.pk]


def _inputs(page):
    """(name, value) of the fields of the editor's form."""
    form = page[page.index('id="editor"') :]
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            yield name[1], value[1] if value else ""
    yield from (("0-unit", "week"), ("0-turns", "calendar"), ("zone", "Europe/Berlin"))


def test_a_calendar_of_the_past_does_not_change_what_was(ana, schedule):
    row = add(schedule, days())
    publish_due(timezone.now())
    LayerCalendar.objects.filter(pk=row.pk).update(
        shifts=[[instant("2026-01-01T00:00Z"), instant("2026-01-02T00:00Z"), [ana.pk]], *row.shifts]
    )
    calendars.change_names(row, {"x": ana.pk}, timezone.now())

    row.refresh_from_db()
    assert row.shifts[0][2] == [ana.pk]
