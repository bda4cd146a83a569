"""The report of a service: what was met and missed, month by month."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from incidents import sla_report
from incidents.actions import edit, ingest, respond
from incidents.actions import open as incident_open
from incidents.models import Incident
from tests.factories import make_report, make_service, make_team, make_user, minutes

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_what_was_given_to_a_team_or_named_by_its_sender_counts_as_taken_by_nobody():
    service, ana = make_service(acknowledge_within_minutes=10), make_user()
    given = incident_open.open_incident(service, "Disk full")
    edit.give_to_team(given.pk, make_team())
    ingest.report([make_report(service, owner_id=ana.pk)])
    assigned = incident_open.open_incident(service, "Disk full")
    respond.assign(assigned.pk, ana)

    acknowledge, _ = sla_report.report(service, timezone.now(), months=1)[0].targets

    assert (acknowledge.met, acknowledge.open) == (1, 2)


def test_a_month_says_what_was_met_and_missed_and_how_long_it_took():
    service = make_service(acknowledge_within_minutes=10, resolve_within_minutes=60)
    now = datetime(2026, 3, 20, tzinfo=UTC)
    for took, held, missed in ((30, 0, False), (90, 60, False), (120, 0, True)):
        incident = incident_open.open_incident(service, "Disk full")
        Incident.objects.filter(pk=incident.pk).update(
            opened_at=MONDAY,
            resolved_at=MONDAY + minutes(took),
            held_s=held * 60,
            resolve_breached_at=MONDAY if missed else None,
        )
    still = incident_open.open_incident(service, "Disk full")
    Incident.objects.filter(pk=still.pk).update(opened_at=MONDAY)

    march, february = sla_report.report(service, now, months=2)

    acknowledge, resolve = march.targets
    assert (march.month, march.incidents, february.incidents) == ("2026-03", 4, 0)
    assert (resolve.met, resolve.missed, resolve.open) == (2, 1, 1)
    assert (resolve.median_s, resolve.median_without_held_s) == (90 * 60, 30 * 60)
    assert (acknowledge.met, acknowledge.open) == (3, 1)
