"""Red defects of the coverage that begin soon are an incident of the portal itself, if wanted."""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from escalation.actions import ingest
from escalation.actions.coverage_notices import LASTS
from escalation.choices import DefectLevel
from escalation.coverage.sentences import cost, sentence
from escalation.models import CoverageDefect
from incidents.choices import ReportAction, Severity
from incidents.models import Alert
from incidents.own_service import PORTAL_SERVICE, portal_service
from incidents.report import Group, Report
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock

SOURCE_NAME = "Coverage"
ONE_INCIDENT = Group(hashlib.sha256(b"coverage").hexdigest())
ZONE = ZoneInfo("UTC")


@transaction.atomic
def report_red(now: datetime) -> int:
    """Open an alert for each red defect that begins within `COVERAGE_INCIDENT_HOURS`, once, and
    close those whose defect is gone, ignored or red no more; returns how many that were.

    All of them are one incident, which ends with the last. With 0 hours there is none.
    """
    ours = Alert.objects.filter(service__name=PORTAL_SERVICE, source_name=SOURCE_NAME)
    hours = settings.COVERAGE_INCIDENT_HOURS
    if not hours and not ours.open().exists():
        return 0
    advisory_locks.lock(Lock.COVERAGE)
    red = CoverageDefect.objects.open(now).filter(level=DefectLevel.RED) if hours else ()
    wanted = {key_of(row): row for row in red}
    known = set(ours.filter(key__in=wanted).values_list("key", flat=True))
    new = [row for key, row in wanted.items() if key not in known and _is_soon(row, now)]
    reports = [_end(alert, now) for alert in ours.open().exclude(key__in=wanted)]
    if new:
        service_id = portal_service().pk
        reports += [_begin(row, service_id, now) for row in new]
    ingest.report(reports, now=now)
    return len(reports)


def key_of(row: CoverageDefect) -> str:
    """The key of the alert about a defect; one that comes back later is another row."""
    return hashlib.sha256(f"coverage:{row.pk}".encode()).hexdigest()


def _is_soon(row: CoverageDefect, now: datetime) -> bool:
    """Whether it has lasted, as whoever is editing may mend it, and is there before the time."""
    if row.since > now - LASTS:
        return False
    until = (now + timedelta(hours=settings.COVERAGE_INCIDENT_HOURS)).timestamp()
    return any(begin < until and now.timestamp() < end for begin, end in row.get_spans())


def _begin(row: CoverageDefect, service_id: int, now: datetime) -> Report:
    text = sentence(row.kind, row.facts, row.get_spans(), ZONE)
    return Report(
        action=ReportAction.TRIGGER,
        service_id=service_id,
        key=key_of(row),
        at=now,
        title=f"Coverage: {text}"[:1024],
        severity=Severity.ERROR,
        source=PORTAL_SERVICE,
        source_name=SOURCE_NAME,
        source_id=str(row.pk),
        long_text=f"{text} {cost(row.kind, row.facts)} Times are in UTC.",
        url=f"{settings.SITE_URL}{reverse('coverage')}",
        via=PORTAL_SERVICE,
        group=ONE_INCIDENT,
    )


def _end(alert: Alert, now: datetime) -> Report:
    return Report(
        ReportAction.RESOLVE,
        alert.service_id,
        alert.key,
        now,
        source=PORTAL_SERVICE,
        via=PORTAL_SERVICE,
        group=ONE_INCIDENT,
    )
