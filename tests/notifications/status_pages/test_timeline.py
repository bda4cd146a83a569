"""What reports say of a component over time, and the 90 days that are made of it. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState
from notifications.status_pages.days import DAYS, history_of
from notifications.status_pages.timeline import (
    Report,
    Said,
    Span,
    current_status,
    overall,
    spans_of,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OK, WORKS, SLOW, PARTIAL, MAJOR = ComponentStatus


def said(at, state, **effects):
    return Said(1, ReportState(state), "", at, {int(key[1:]): one for key, one in effects.items()})


def report(*updates, kind="incident", starts_at=None, ends_at=None, resolved_at=None, now=NOON):
    newest = sorted(updates, key=lambda one: one.at, reverse=True)
    return Report(
        pk=1,
        kind=ReportKind(kind),
        title="",
        stored_state=newest[0].state,
        impact=ReportImpact.NONE,
        starts_at=starts_at or newest[-1].at,
        ends_at=ends_at,
        resolved_at=resolved_at,
        created_at=newest[-1].at,
        changed_at=newest[0].at,
        updates=tuple(newest),
        now=now,
    )


def maintenance(begins, ends, state="scheduled", **fields):
    first = said(NOON - 24 * HOUR, state, c1=WORKS)
    return report(first, kind="maintenance", starts_at=begins, ends_at=ends, **fields)


def test_each_update_holds_until_the_next_and_the_last_until_the_end():
    one = report(
        said(NOON - 3 * HOUR, "investigating", c1=MAJOR),
        said(NOON - 2 * HOUR, "identified", c1=PARTIAL, c2=SLOW),
        said(NOON - HOUR, "resolved"),
        resolved_at=NOON - HOUR,
    )

    assert spans_of(1, [one]) == [
        Span(NOON - 3 * HOUR, NOON - 2 * HOUR, MAJOR),
        Span(NOON - 2 * HOUR, NOON - HOUR, PARTIAL),
    ]
    assert spans_of(2, [one]) == [Span(NOON - 2 * HOUR, NOON - HOUR, SLOW)]
    assert current_status(1, [one]) == OK


def test_an_incident_that_began_before_it_was_published_counts_from_its_beginning():
    one = report(said(NOON - HOUR, "investigating", c1=MAJOR), starts_at=NOON - 4 * HOUR)

    assert spans_of(1, [one]) == [Span(NOON - 4 * HOUR, NOON, MAJOR)]


def test_of_two_reports_the_worse_one_counts_and_no_time_counts_twice():
    long = report(said(NOON - 4 * HOUR, "investigating", c1=SLOW))
    short = report(said(NOON - 3 * HOUR, "investigating", c1=MAJOR), resolved_at=NOON - 2 * HOUR)

    assert spans_of(1, [long, short]) == [
        Span(NOON - 4 * HOUR, NOON - 3 * HOUR, SLOW),
        Span(NOON - 3 * HOUR, NOON - 2 * HOUR, MAJOR),
        Span(NOON - 2 * HOUR, NOON, SLOW),
    ]
    assert current_status(1, [long, short]) == SLOW


def test_a_maintenance_begins_and_ends_by_the_clock():
    coming = maintenance(NOON + HOUR, NOON + 2 * HOUR)
    present = maintenance(NOON - HOUR, NOON + HOUR)
    over = maintenance(NOON - 3 * HOUR, NOON - HOUR)

    assert [one.state for one in (coming, present, over)] == [
        ReportState.SCHEDULED,
        ReportState.IN_PROGRESS,
        ReportState.COMPLETED,
    ]
    assert [current_status(1, [one]) for one in (coming, present, over)] == [OK, WORKS, OK]
    assert spans_of(1, [coming]) == []
    assert spans_of(1, [present]) == [Span(NOON - HOUR, NOON, WORKS)]
    assert spans_of(1, [over]) == [Span(NOON - 3 * HOUR, NOON - HOUR, WORKS)]


def test_a_maintenance_that_is_being_verified_waits_for_a_person():
    one = maintenance(NOON - 3 * HOUR, NOON - HOUR, state="verifying")

    assert (one.state, one.is_active) == (ReportState.VERIFYING, True)


def test_the_worst_of_components_and_incidents_is_how_all_of_it_is():
    assert overall([OK, OK], []) == ReportImpact.NONE
    assert overall([OK, WORKS], []) == ReportImpact.MAINTENANCE
    assert overall([SLOW, PARTIAL, WORKS], []) == ReportImpact.MAJOR
    assert overall([MAJOR], []) == ReportImpact.CRITICAL


def test_days_are_those_of_the_pages_own_zone():
    berlin = ZoneInfo("Europe/Berlin")
    # From 23:30 to 00:30 in Berlin.
    span = Span(
        datetime(2026, 3, 8, 22, 30, tzinfo=UTC), datetime(2026, 3, 8, 23, 30, tzinfo=UTC), MAJOR
    )

    history = history_of([span], NOON - timedelta(days=200), NOON, berlin)

    assert len(history.days) == DAYS
    assert [(day.on.day, day.words) for day in history.troubled] == [
        (9, "Major outage for 30 min"),
        (8, "Major outage for 30 min"),
    ]


def test_uptime_counts_partial_outages_by_three_tenths_and_maintenance_not_at_all():
    since = NOON - 100 * HOUR
    zone = ZoneInfo("UTC")

    def uptime(status, hours=10):
        return history_of([Span(NOON - hours * HOUR, NOON, status)], since, NOON, zone).uptime

    assert uptime(MAJOR) == 90
    assert uptime(PARTIAL) == 97
    assert uptime(SLOW) == uptime(WORKS) == 100


def test_what_was_not_always_up_is_never_shown_as_all_of_it():
    second = Span(NOON - timedelta(seconds=1), NOON, MAJOR)

    history = history_of([second], NOON - timedelta(days=200), NOON, ZoneInfo("UTC"))

    assert history.uptime_text == "99.99 %"


def test_days_before_the_page_was_there_say_nothing():
    history = history_of([], NOON - timedelta(days=1), NOON, ZoneInfo("UTC"))

    assert [day.status for day in history.days[-3:]] == [None, OK, OK]
    assert history.days[0].words == "No data"
    assert history.uptime_text == "100 %"
