"""What is held back for a maintenance is looked at again when the windows have changed.

The hold is stored, so that the clock ends it to the second; but what it says is always what the
windows say: each change of them comes through here, and a sweep finds what slipped between.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from escalation.actions import hold as escalation_hold
from incidents.models import Alert, Incident
from incidents.report import Hold
from integrations.engine.reader import routing_of
from integrations.engine.report import held_by
from integrations.maintenance.matching import KEPT, REASON, Window, active, load, subject_of
from integrations.models import Integration

SWEEP_S = 30.0
AT_ONCE = 50  # More are due now, and for the clock: whoever clicks shall not wait for them.
OVER = "The maintenance is over"
_swept = {"at": 0.0}


@transaction.atomic
def reconsider(now: datetime) -> int:
    """Release what is in no window any more, and hold the others until the end of theirs; returns
    how many that were. Done twice, it changes nothing."""
    alerts = _held(now)
    if not alerts:
        return 0
    windows, ways = load(now), _ways(alerts)
    free, holds = [], {}
    for incident_id, parts in alerts.items():
        hold = _soonest(_hold(alert, windows, ways, now) for alert in parts)
        if hold is None:
            free.append(incident_id)
        else:
            holds[incident_id] = hold
    if len(free) <= AT_ONCE:
        escalation_hold.release(sorted(free), now=now, text=OVER)
    else:
        due = {pk: Hold(alerts[pk][0].incident.suppressed_reason, now) for pk in free}
        holds |= due
    changed = escalation_hold.rehold(holds, now=now) if holds else 0
    return changed + (len(free) if len(free) <= AT_ONCE else 0)


def sweep(now: datetime) -> int:
    """The same, now and then: for an alert that came in while a window was being changed."""
    if time.monotonic() - _swept["at"] < SWEEP_S:
        return 0
    _swept["at"] = time.monotonic()
    return reconsider(now)


def next_sweep() -> datetime | None:
    """When to sweep again; None where nothing is held back for a maintenance."""
    if not _in_maintenance().exists():
        return None
    left = SWEEP_S - (time.monotonic() - _swept["at"])
    return timezone.now() + timedelta(seconds=max(left, 0.0))


def _in_maintenance() -> QuerySet[Incident]:
    return Incident.objects.exclude(suppressed_reason="").filter(
        suppressed_reason__startswith=REASON
    )


def _held(now: datetime) -> dict[int, list[Alert]]:
    """The open alerts of each incident that is held. What is due already is for the clock."""
    rows = Alert.objects.filter(
        incident__in=_in_maintenance().filter(suppressed_until__gt=now), closed_at=None
    )
    found = defaultdict(list)
    for alert in rows.defer("recent_occurrences").select_related("incident"):
        found[alert.incident_id].append(alert)
    return found


def _ways(alerts: dict[int, list[Alert]]) -> dict[int, Integration]:
    ids = {
        (a.attributes.get(KEPT) or {}).get("integration") for rows in alerts.values() for a in rows
    }
    return Integration.objects.in_bulk(ids - {None})


def _hold(
    alert: Alert, windows: list[Window], ways: dict[int, Integration], now: datetime
) -> Hold | None:
    """What holds this alert back now: a window, or a delay by time that is not over yet."""
    subject = subject_of(alert)
    way = ways.get(subject.integration_id or 0)
    delay = routing_of(way).hold(alert.opened_at) if way else None
    if delay and (delay.until is None or delay.until <= now):
        delay = None
    return held_by(active(windows, subject, now), delay)


def _soonest(holds: Iterable[Hold | None]) -> Hold | None:
    """That of the alert that is to be told first: nobody hears of it later than they should."""
    found = list(holds)
    if None in found:
        return None
    timed = [(hold.until, place) for place, hold in enumerate(found) if hold and hold.until]
    return found[min(timed)[1]] if timed else None
