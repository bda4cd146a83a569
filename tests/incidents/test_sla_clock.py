"""Clocks that stand still, targets that change, and warnings."""

from datetime import UTC, datetime, timedelta

from incidents import sla_clock
from incidents.models import Incident, Service
from incidents.sla_targets import targets_from_text, warnings_from_text
from tests.factories import minutes

MONDAY = datetime(2026, 3, 2, 16, tzinfo=UTC)
OFFICE = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]


def incident_of(at=MONDAY, **service):
    service.setdefault("acknowledge_within_minutes", 30)
    service.setdefault("resolve_within_minutes", 120)
    incident = Incident(service=Service(support_hours=OFFICE, **service), opened_at=at)
    sla_clock.begin(incident, at)
    return incident


def test_a_clock_of_support_hours_stands_still_outside_of_them():
    incident = incident_of(sla_clock="support_hours")

    assert incident.acknowledge_by == MONDAY + minutes(30)
    assert incident.resolve_by == MONDAY + timedelta(hours=18)  # Tuesday 10:00


def test_on_hold_the_time_to_resolve_stands_still_and_goes_on_where_it_stood():
    incident = incident_of()

    sla_clock.pause(incident, MONDAY + minutes(30))
    held = (incident.resolve_by, incident.resolve_due_at, incident.resolve_remaining_s)
    sla_clock.resume(incident, MONDAY + minutes(300))

    assert held == (None, None, 90 * 60)
    assert incident.resolve_by == MONDAY + minutes(390)
    assert incident.resolve_remaining_s is None


def test_it_runs_on_hold_where_the_service_says_so():
    incident = incident_of(sla_pauses_on_hold=False)

    sla_clock.pause(incident, MONDAY + minutes(30))

    assert incident.resolve_by == MONDAY + minutes(120)


def test_another_severity_brings_other_targets_less_what_has_passed():
    rows = targets_from_text("critical: acknowledge 15, resolve 60")
    incident = incident_of(sla_targets=rows)
    incident.severity = "warning"
    sla_clock.retarget(incident, MONDAY)
    before = incident.resolve_by
    incident.severity = "critical"

    sla_clock.retarget(incident, MONDAY + minutes(20))

    assert before == MONDAY + minutes(120)
    assert incident.resolve_by == MONDAY + minutes(60)
    assert incident.acknowledge_by == MONDAY + minutes(20)  # It was due before: it is missed now.


def on_hold(at, **service):
    """On hold since ``at``, with what is left of the time to resolve it."""
    incident = incident_of(**service)
    incident.held_since = at
    sla_clock.pause(incident, at)
    return incident


def test_on_hold_another_severity_changes_what_is_left_to_resolve_it():
    rows = targets_from_text("warning: resolve 100\nerror: acknowledge 5")
    incident = on_hold(MONDAY + minutes(30), sla_targets=rows)
    left = []

    for severity in ("warning", "error", "critical"):
        incident.severity = severity
        sla_clock.retarget(incident, MONDAY + minutes(50))
        left.append(incident.resolve_remaining_s)
    sla_clock.resume(incident, MONDAY + minutes(60))

    assert left == [70 * 60, None, 120 * 60]  # Without a target, nothing had passed of the next.
    assert incident.resolve_by == MONDAY + minutes(180)


def test_what_tells_nobody_yet_has_no_clock_whatever_its_severity_becomes():
    rows = targets_from_text("warning: acknowledge 5")
    incident = Incident(service=Service(sla_targets=rows), opened_at=MONDAY)
    incident.suppressed_reason = "maintenance: Works"
    sla_clock.begin(incident, MONDAY)
    sla_clock.halt(incident, MONDAY)
    incident.severity = "warning"

    sla_clock.retarget(incident, MONDAY + minutes(1))

    assert (incident.acknowledge_target_minutes, incident.acknowledge_by) == (5, None)


def test_what_somebody_has_is_to_be_resolved_in_time_once_it_has_a_target():
    rows = targets_from_text("critical: acknowledge 5, resolve 60")
    incident = Incident(
        service=Service(sla_targets=rows),
        opened_at=MONDAY,
        severity="warning",
        acknowledged_at=MONDAY,
    )
    sla_clock.begin(incident, MONDAY)
    incident.severity = "critical"

    sla_clock.retarget(incident, MONDAY + minutes(20))

    assert (incident.acknowledge_by, incident.resolve_by) == (None, MONDAY + minutes(80))


def moved(incident, at, **service):
    previous, incident.service = incident.service, Service(**service)
    sla_clock.move(incident, previous, at)
    return incident


def test_at_another_service_its_targets_hold_less_what_has_passed_without_the_time_on_hold():
    incident = on_hold(MONDAY + minutes(30))
    sla_clock.resume(incident, MONDAY + minutes(300))
    incident.held_since = None

    moved(incident, MONDAY + minutes(310), resolve_within_minutes=60)

    assert incident.resolve_by == MONDAY + minutes(330)  # 40 minutes have passed.
    assert (incident.acknowledge_by, incident.acknowledge_target_minutes) == (None, None)


def test_on_hold_at_another_service_it_waits_or_runs_as_that_says():
    waits = moved(on_hold(MONDAY + minutes(30)), MONDAY + minutes(90), resolve_within_minutes=60)
    runs = moved(
        on_hold(MONDAY + minutes(30)),
        MONDAY + minutes(90),
        resolve_within_minutes=60,
        sla_pauses_on_hold=False,
    )

    assert (waits.resolve_by, waits.resolve_remaining_s) == (None, 30 * 60)
    assert (runs.resolve_by, runs.resolve_remaining_s) == (MONDAY + minutes(120), None)


def test_what_was_acknowledged_in_time_stays_so_at_another_service_when_paging_began_anew():
    incident = incident_of()
    incident.acknowledged_at = MONDAY + minutes(5)
    sla_clock.stop(incident, MONDAY + minutes(5), "acknowledge")
    incident.acknowledged_at = None  # It has expired.

    moved(incident, MONDAY + minutes(90), acknowledge_within_minutes=10)

    assert incident.acknowledge_by is None


def test_a_warning_is_given_once_and_a_target_shorter_than_it_has_none():
    warnings = warnings_from_text("resolve 15; resolve 50%; acknowledge 30")
    incident = incident_of(sla_warnings=warnings)

    first = incident.sla_warn_at
    half = sla_clock.take_warnings(incident, MONDAY + minutes(60))
    second = incident.sla_warn_at
    last = sla_clock.take_warnings(incident, MONDAY + minutes(105))

    assert first == MONDAY + minutes(60)
    assert (half, second, last) == (["resolve"], MONDAY + minutes(105), ["resolve"])
    assert (incident.sla_warn_at, incident.sla_state) == (None, "at_risk")
