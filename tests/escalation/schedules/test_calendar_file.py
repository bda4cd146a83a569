"""The calendar of a schedule, read back by other libraries, says what `shifts` says."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from escalation.schedules.calendar_file import ShiftEvent, calendar_file
from escalation.schedules.personal_shifts import personal_shifts
from escalation.schedules.resolver import shifts
from tests.escalation.schedules.people import NAMES, facts, instant, layer, override, slots
from tests.escalation.schedules.random_facts import schedule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def time_of(instant):
    return datetime.fromtimestamp(instant, UTC)


def event(uid="1@host", **fields):
    defaults = {"start": NOON, "end": NOON + timedelta(hours=1), "summary": "On call"}
    return ShiftEvent(**{"uid": uid, "changed_at": NOON, **defaults, **fields})


def read(file, start=NOON - timedelta(days=9), end=NOON + timedelta(days=9)):
    return recurring_ical_events.of(Calendar.from_ical(file)).between(start, end)


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=10**6))
def test_whoever_reads_the_calendar_finds_the_same_people_at_the_same_times(seed):
    known, _, (start, end) = schedule(random.Random(seed))
    found = personal_shifts(known, start, end)
    events = [
        event(one.key, start=time_of(one.start), end=time_of(one.end), summary=str(one.user))
        for one in found
    ]
    on_call = defaultdict(set)
    for row in read(calendar_file("Payments", "UTC", events), time_of(start), time_of(end)):
        begin, finish = row["DTSTART"].dt.timestamp(), row["DTEND"].dt.timestamp()
        for piece in shifts(known, start, end):
            if begin <= piece.start and piece.end <= finish:
                on_call[piece.start].add(int(row["SUMMARY"]))

    expected = {
        piece.start: {place.user for place in piece.places}
        for piece in shifts(known, start, end)
        if piece.places
    }
    assert dict(on_call) == expected


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=10**6))
def test_no_two_shifts_have_the_same_key(seed):
    known, _, span = schedule(random.Random(seed))
    keys = [one.key for one in personal_shifts(known, *span)]

    assert len(keys) == len(set(keys))


WEEKLY = layer("weekly", "2026-03-02T09:00", slots(["Ana"], ["Bo"]))
WEEKS = instant("2026-03-02T00:00Z"), instant("2026-03-30T00:00Z")


def keys(known):
    return [(NAMES[one.user - 1], one.key) for one in personal_shifts(known, *WEEKS)]


def test_a_shift_whose_hour_is_moved_keeps_its_key():
    later = layer("weekly", "2026-03-02T10:00", slots(["Ana"], ["Bo"]))

    assert keys(facts(WEEKLY)) == keys(facts(later))


def test_a_shift_that_an_override_cuts_is_two_and_the_others_keep_their_keys():
    cut = override(7, ["Cy"], "2026-03-04T09:00Z", "2026-03-05T09:00Z")
    before, after = keys(facts(WEEKLY)), keys(facts(WEEKLY, overrides=(cut,)))

    assert set(before) < set(after)
    assert sorted(set(after) - set(before)) == [
        ("Ana", "weekly-20260302-1-1"),
        ("Cy", "o7-3-0"),
    ]


def test_somebody_who_joins_for_a_while_cuts_nobody_elses_shift():
    extra = override(7, ["Cy"], "2026-03-04T09:00Z", "2026-03-05T09:00Z")
    extra = type(extra)(
        id=7, kind="also", start=extra.start, end=extra.end, made_at=1, people=extra.people
    )

    assert set(keys(facts(WEEKLY, overrides=(extra,)))) - set(keys(facts(WEEKLY))) == {
        ("Cy", "o7-3-0")
    }


def test_the_file_is_what_clients_expect():
    summary = "Ölçüm, sürekli; " + "ä" * 60
    file = calendar_file("Pay; ments", "Europe/Berlin", [event(summary=summary, sequence=4)])
    lines = file.split(b"\r\n")

    assert file.endswith(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    for line in (
        "METHOD:PUBLISH",
        "CALSCALE:GREGORIAN",
        "X-WR-TIMEZONE:Europe/Berlin",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "DTSTART:20260302T120000Z",
        "SEQUENCE:4",
        "TRANSP:TRANSPARENT",
        "CATEGORIES:ON-CALL",
    ):
        assert line.encode() in lines
    assert b"VALARM" not in file
    assert b"RRULE" not in file
    (row,) = read(file)
    assert row["SUMMARY"] == summary


def test_a_cancelled_shift_has_no_length_and_says_so():
    file = calendar_file("Payments", "UTC", [event(is_cancelled=True)])
    (row,) = Calendar.from_ical(file).walk("VEVENT")

    assert row["STATUS"] == "CANCELLED"
    assert row["DTEND"].dt == row["DTSTART"].dt
