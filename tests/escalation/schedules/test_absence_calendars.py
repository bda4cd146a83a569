"""An absence in a person's own calendar asks for cover, and the request follows it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.actions import absence_calendars, cover_answers, cover_requests
from escalation.actions.absence_calendars import AbsenceDraft
from escalation.actions.publish_shifts import publish_due
from escalation.models import AbsenceCalendar, CoverRequest, Override
from escalation.models.calendars import DEFAULT_WORDS
from escalation.schedules.absence_events import absences_of, is_absence
from escalation.schedules.calendar_import import CalendarEvent, events_of
from incidents.errors import InvalidRequest
from notifications.models import Notification
from tests.api import make_person
from tests.factories import make_override, make_schedule, make_user
from tests.keys import lose, raw

HOUR = timedelta(hours=1)
URL = "https://calendar.example/private-ana/basic.ics"


def ics(*events):
    rows = [f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events]
    text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *rows, "END:VCALENDAR", ""])
    return text.replace("\n", "\r\n").encode()


def event(start, end, title="Vacation", uid="a", *more):
    """Between two times in UTC."""
    times = [f"{name}:{at:%Y%m%dT%H%M%SZ}" for name, at in (("DTSTART", start), ("DTEND", end))]
    return "\n".join([f"UID:{uid}", *times, f"SUMMARY:{title}", *more])


@pytest.mark.parametrize(
    ("title", "words", "more", "is_one"),
    [
        ("Out of Office", DEFAULT_WORDS, {}, True),
        ("URLAUB Italien", DEFAULT_WORDS, {"is_free": True}, True),
        ("Ana: sick", DEFAULT_WORDS, {}, True),
        ("Cleavers and sickles", DEFAULT_WORDS, {}, False),
        ("Dentist", DEFAULT_WORDS, {}, False),
        ("Dentist", DEFAULT_WORDS, {"is_away": True}, True),
        ("Dentist", "dentist, férias", {}, True),
        ("Férias", "dentist, férias", {}, True),
        ("a.b", "a.b", {}, True),
        ("axb", "a.b", {}, False),
        ("Dentist", "", {}, True),
        ("Birthday of Bo", " , ", {"is_free": True}, False),
    ],
)
def test_what_is_an_absence(title, words, more, is_one):
    assert is_absence(CalendarEvent(0, 1, (), title, **more), words) is is_one


def test_an_event_keeps_its_key_when_it_is_moved_and_each_of_a_series_has_its_own():
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    span = at - timedelta(days=1), at + timedelta(days=30)

    def keys(*events):
        found = events_of(ics(*events), ZoneInfo("UTC"), *span)
        return [one.key for one in absences_of(found, "")]

    (key,) = keys(event(at, at + HOUR))
    assert keys(event(at + 50 * HOUR, at + 60 * HOUR, "Sick")) == [key]
    assert keys(event(at, at + HOUR, uid="b")) != [key]
    daily = event(at, at + HOUR, "Leave", "a", "RRULE:FREQ=DAILY;COUNT=3")
    three = keys(daily)
    moved = event(at + 25 * HOUR, at + 26 * HOUR, "Leave", "a", "RECURRENCE-ID:20260303T080000Z")
    assert len(set(three)) == 3
    assert keys(daily, moved) == three


# In the database


@pytest.fixture
def ana(db):
    return make_user("Ana")


@pytest.fixture
def bo(db):
    return make_user("Bo")


@pytest.fixture
def schedule(ana, bo):
    """Ana is on call for the next hundred hours."""
    row = make_schedule(bo, ana, name="Payments")
    make_override(row, ana, hours=(0, 100))
    make_override(row, bo, hours=(100, 2000))
    publish_due(timezone.now())
    return row


@pytest.fixture
def calendar(ana, schedule, outside):
    """What Ana's calendar says: called with the hours of an absence from now on, or nothing."""
    began = timezone.now().replace(microsecond=0)

    def says(*hours):
        times = [began + number * HOUR for number in hours]
        body = ics(event(*times)) if times else ics()
        outside.answers_with(200, body)
        if not AbsenceCalendar.objects.exists():
            outside.answers_with(200, body)
            absence_calendars.subscribe(ana, AbsenceDraft(URL, DEFAULT_WORDS), timezone.now())
        AbsenceCalendar.objects.update(next_fetch_at=timezone.now())
        absence_calendars.refresh_due(timezone.now())
        return times

    return says


def requests(status="open"):
    return list(CoverRequest.objects.filter(status=status).order_by("pk"))


def titles(user):
    rows = Notification.objects.filter(user=user, event="notice", channel="inapp").order_by("pk")
    return [row.facts["notice"]["title"] for row in rows]


def test_cover_is_asked_for_where_an_absence_meets_a_shift(ana, bo, schedule, calendar):
    start, _ = calendar(48, 200)

    (row,) = requests()
    shift = Override.objects.filter(people=[ana.pk]).get()
    assert (row.asker, row.schedule, row.made_by) == (ana, schedule, ana)
    assert (row.starts_at, row.ends_at) == (start, shift.ends_at.replace(microsecond=0))
    assert any(title.startswith("Ana asks for cover: Payments") for title in titles(bo))
    calendar(48, 200)
    assert CoverRequest.objects.count() == 1


def test_an_absence_without_a_shift_asks_for_nothing(calendar):
    calendar(110, 120)

    assert AbsenceCalendar.objects.get().absences
    assert not CoverRequest.objects.exists()


def test_of_an_absence_that_runs_only_what_is_to_come_is_asked_for(calendar):
    began = timezone.now()
    calendar(-30, 20)

    (row,) = requests()
    assert row.starts_at >= began.replace(microsecond=0)
    calendar(-30, 20)
    assert CoverRequest.objects.count() == 1


def test_an_absence_that_moves_takes_its_request_along(bo, calendar):
    calendar(48, 52)
    (old,) = requests()
    start, end = calendar(60, 66)

    (row,) = requests()
    assert (row.starts_at, row.ends_at) == (start, end)
    assert [one.pk for one in requests("withdrawn")] == [old.pk]
    with pytest.raises(cover_requests.NotOpen):
        cover_answers.accept(old.pk, bo)  # by the old link
    assert cover_answers.accept(row.pk, bo).status == "taken"


def test_one_that_moves_out_of_the_shift_or_is_deleted_is_withdrawn(bo, calendar):
    calendar(48, 52)
    calendar(110, 120)
    assert not requests()
    assert any("No cover is needed any more" in title for title in titles(bo))

    calendar(48, 52)
    assert len(requests()) == 1  # It is back.
    calendar()
    assert not requests()


def test_what_the_person_withdrew_is_asked_for_again_only_when_it_moves(ana, calendar):
    calendar(48, 52)
    cover_requests.withdraw(requests()[0].pk, by=ana)
    calendar(48, 52)
    assert not requests()

    calendar(49, 52)
    assert len(requests()) == 1


def test_what_somebody_has_taken_stays_though_the_absence_moves(bo, calendar):
    calendar(48, 52)
    cover_answers.accept(requests()[0].pk, bo)
    publish_due(timezone.now())
    calendar(48, 52)
    assert not requests()

    start, end = calendar(60, 66)
    assert [(one.starts_at, one.ends_at) for one in requests()] == [(start, end)]
    assert len(requests("taken")) == 1
    assert Override.objects.filter(people=[bo.pk], cover__isnull=False, cancelled_at=None).exists()


def test_of_what_is_taken_in_part_the_rest_is_asked_for_once(bo, calendar):
    start, _ = calendar(48, 52)
    span = cover_requests.Span(start, start + HOUR)
    cover_answers.accept(requests()[0].pk, bo, span=span)
    publish_due(timezone.now())
    calendar(48, 52)

    assert len(requests("partly")) == 1
    assert CoverRequest.objects.count() == 1


def test_a_calendar_that_cannot_be_read_changes_nothing_and_is_told_after_a_day(
    ana, calendar, outside
):
    calendar(48, 52)
    for hours in (1, 25, 26):
        outside.answers_with(200, b"<html>Sign in</html>")
        now = timezone.now() + hours * HOUR
        AbsenceCalendar.objects.update(next_fetch_at=now)
        absence_calendars.refresh_due(now)

    row = AbsenceCalendar.objects.get()
    assert "no calendar" in row.error
    assert len(requests()) == 1
    told = [title for title in titles(ana) if title.startswith("Your calendar could not be read")]
    assert len(told) == 1


def test_nothing_is_read_for_whoever_is_switched_off_nor_with_a_lost_key(ana, calendar, outside):
    calendar(110, 120)
    row = AbsenceCalendar.objects.get()
    assert URL not in raw(row, "url")
    before = len(outside.requests)
    ana.is_active = False
    ana.save()
    calendar(48, 52)
    assert len(outside.requests) == before
    assert not CoverRequest.objects.exists()

    ana.is_active = True
    ana.save()
    lose(row, "url")
    calendar(48, 52)
    assert len(outside.requests) == before
    assert AbsenceCalendar.objects.get().error


def test_it_is_read_as_a_whole_each_day_and_else_by_its_marks(ana, schedule, outside):
    outside.answers_with(200, ics(), {"ETag": '"7"'})
    absence_calendars.subscribe(ana, AbsenceDraft(URL, ""), timezone.now())

    def marks(after):
        outside.answers_with(304)
        now = timezone.now() + after
        AbsenceCalendar.objects.update(next_fetch_at=now)
        absence_calendars.refresh_due(now)
        return outside.requests[-1].headers.get("If-None-Match")

    assert marks(HOUR) == '"7"'
    assert AbsenceCalendar.objects.get().error == ""
    assert marks(30 * HOUR) is None


@pytest.mark.django_db
def test_a_person_has_it_read_on_my_shifts(client, outside):
    ana = make_person("Responder")
    client.force_login(ana)
    outside.answers_with(200, b"<html>")
    page = client.post("/my-shifts/calendar/", {"url": URL, "words": ""}, follow=True)
    assert "This is no calendar" in page.content.decode()
    assert not AbsenceCalendar.objects.exists()

    at = timezone.now() + 48 * HOUR
    body = ics(event(at, at + HOUR, "Dentist"), event(at, at + HOUR, uid="b"))
    outside.answers_with(200, body)
    values = {"url": URL.replace("https", "webcal"), "words": "vacation"}
    page = client.post("/my-shifts/calendar/", values, follow=True).content.decode()
    assert "Your calendar has 1 absence to come" in page
    assert "private-ana" not in page
    assert AbsenceCalendar.objects.get().url == URL

    outside.answers_with(200, body)
    client.post("/my-shifts/calendar/", {"url": "", "words": "dentist, vacation"})
    assert len(AbsenceCalendar.objects.get().absences) == 2
    client.post("/my-shifts/calendar/stop/")
    assert not AbsenceCalendar.objects.exists()


def test_without_an_address_there_is_nothing_to_read(ana):
    with pytest.raises(InvalidRequest, match="https://"):
        absence_calendars.subscribe(ana, AbsenceDraft("", "vacation"), timezone.now())
