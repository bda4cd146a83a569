"""Layers whose people a calendar of the source names, and shifts that it has worked out."""

import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions.calendars import refresh_due
from escalation.models import LayerCalendar, Schedule
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import who
from incidents.models import User
from integrations.setup.imports import proofs, runs
from tests.api import make_person
from tests.factories import make_user
from tests.integrations.importers import oncall_installation
from tests.integrations.importing import files, imported, verdicts

pytestmark = pytest.mark.django_db

URL = "https://oncall.example/feed/secret.ics"
FEED = {
    "id": "SI",
    "name": "Feed",
    "type": "ical",
    "ical_url_primary": "webcal://oncall.example/feed/secret.ics",
    "ical_url_overrides": "http://oncall.example/overrides.ics",
}


def ics(*events):
    rows = [
        f"BEGIN:VEVENT\nUID:{number}\nDTSTART:{start:%Y%m%dT%H%M%SZ}\nDTEND:{end:%Y%m%dT%H%M%SZ}\n"
        f"SUMMARY:{title}\nEND:VEVENT"
        for number, (start, end, title) in enumerate(events)
    ]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *rows, "END:VCALENDAR", ""]
    return "\n".join(lines).replace("\n", "\r\n").encode()


def on_call(schedule, at):
    facts = load([schedule], at, at + timedelta(minutes=1))[schedule.pk]
    return [User.objects.get(pk=place.user).name for place in who(facts, instant_of(at))]


def grafana(**changed):
    sample = {**oncall_installation.SAMPLE, "on_call_shifts": [], "shift_swaps": []}
    users = copy.deepcopy(sample["users"])
    users[0] |= {"username": "Ana.On.Call", "name": "Ana Example"}
    return imported("grafana_oncall", {**sample, "users": users, **changed})


def test_a_calendar_of_the_source_is_a_layer_that_is_read_after_the_import(outside):
    now = timezone.now()
    span = now - timedelta(days=1), now + timedelta(days=1)
    outside.answers_with(200, ics((*span, "[L1] ana.on.call")))
    run = grafana(schedules=[FEED], final_shifts=[])

    schedule = Schedule.objects.get(name="Feed")
    (row,) = schedule.calendars.all()  # An address without TLS is not read.
    assert (row.layer, row.url, row.next_fetch_at <= timezone.now()) == ("SI-calendar", URL, True)
    assert "Overrides does not begin with https" in str(run.report)
    assert "secret" not in str([run.report, run.proof])
    assert (outside.requests, on_call(schedule, timezone.now())) == ([], [])
    assert proofs.UNREAD in str(run.proof)

    refresh_due(timezone.now())

    assert on_call(schedule, timezone.now() + timedelta(seconds=1)) == ["Ana Example"]
    assert [request.url for request in outside.requests] == [URL]


def test_another_address_is_read_next_and_the_last_good_copy_holds_until_then(outside):
    now = timezone.now()
    span = now - timedelta(days=1), now + timedelta(days=1)
    outside.answers_with(200, ics((*span, "Bo")))
    grafana(schedules=[FEED], final_shifts=[])
    refresh_due(timezone.now())
    schedule = Schedule.objects.get(name="Feed")
    later = timezone.now() + timedelta(seconds=1)
    assert on_call(schedule, later) == ["bo"]

    moved = "https://elsewhere.example/feed.ics"
    outside.answers_with(500, b"oops")
    grafana(schedules=[{**FEED, "ical_url_primary": moved}], final_shifts=[])
    refresh_due(timezone.now())

    row = LayerCalendar.objects.get()
    assert (row.url, "500" in row.error) == (moved, True)
    assert on_call(schedule, later) == ["bo"]


def test_a_name_of_a_calendar_means_whom_somebody_says_and_a_placeholder_until_then(outside):
    now = timezone.now()
    span = now - timedelta(days=1), now + timedelta(days=1)
    for _ in range(2):
        outside.answers_with(200, ics((*span, "ghost"), (*span, "bo.x")))
    users = [
        {"id": "U1", "username": "ghost", "email": ""},
        {"id": "U2", "username": "bo.x", "email": "bo@shop.example", "name": "Bo"},
    ]
    document = {**oncall_installation.SAMPLE, "users": users, "schedules": [FEED]}
    document |= {"on_call_shifts": [], "shift_swaps": [], "final_shifts": []}
    imported("grafana_oncall", document)
    refresh_due(timezone.now())
    schedule = Schedule.objects.get(name="Feed")
    later = timezone.now() + timedelta(seconds=5)
    assert on_call(schedule, later) == ["Bo"]

    cy = make_user("Cy")
    row = schedule.calendars.get()
    row.names["bo.x"] = cy.pk  # said here
    row.save()
    by = make_person("Owner")
    run = runs.start_run("grafana_oncall", "x.json", files(export=document), by=by)
    run = runs.choose(run, {"person:U1": make_user("Di").email})
    assert runs.apply_now(run, by=by)
    refresh_due(timezone.now())

    assert sorted(on_call(schedule, later)) == ["Cy", "Di"]


def test_a_stakeholder_is_put_on_call_by_no_name_of_a_calendar_and_no_shift_that_was_worked_out(
    outside,
):
    now = timezone.now()
    span = now - timedelta(days=1), now + timedelta(days=1)
    outside.answers_with(200, ics((*span, "ana.on.call"), (*span, "bo")))
    make_person("Stakeholder", email="ana@shop.example")
    grafana(schedules=[FEED], final_shifts=[])
    refresh_due(timezone.now())

    schedule = Schedule.objects.get(name="Feed")
    assert on_call(schedule, timezone.now() + timedelta(seconds=1)) == ["bo"]

    monthly = oncall_installation.rolling(frequency="monthly", by_monthday=[1])
    payments = {"id": "SPAY", "name": "Payments", "type": "calendar", "shifts": [monthly["id"]]}
    shift = {
        "user_pk": "UANA",
        "shift_start": span[0].isoformat(),
        "shift_end": span[1].isoformat(),
    }
    run = grafana(schedules=[payments], on_call_shifts=[monthly], final_shifts={"SPAY": [shift]})
    assert verdicts(run, "schedule")[-1] == "needs_you"
    assert "is a Stakeholder" in str(run.report)


def test_shifts_that_the_source_has_worked_out_are_those_here_also_when_they_are_read_again():
    now = timezone.now().replace(microsecond=0)
    shift = {
        "user_pk": "UANA",
        "shift_start": (now - timedelta(days=90)).isoformat(),
        "shift_end": (now + timedelta(days=1)).isoformat(),
    }
    monthly = oncall_installation.rolling(frequency="monthly", by_monthday=[1])
    payments = {"id": "SPAY", "name": "Payments", "type": "calendar", "shifts": [monthly["id"]]}
    run = grafana(schedules=[payments], on_call_shifts=[monthly], final_shifts={"SPAY": [shift]})

    schedule = Schedule.objects.get()
    (proof,) = run.proof
    assert proof["verdict"].startswith("identical for")
    User.objects.filter(name="Ana Example").update(email="ana@new.example", name="Anna")
    LayerCalendar.objects.update(next_fetch_at=now, expanded_at=now - timedelta(days=2))
    refresh_due(timezone.now())

    assert LayerCalendar.objects.get().error == ""
    for days in (-80, -1, 0.9):
        assert on_call(schedule, now + timedelta(days=days)) == ["Anna"]
    assert on_call(schedule, now + timedelta(days=2)) == []
