"""Suppressed incidents are evaluated again when maintenance windows have changed.

The suppression is stored, so that the scheduler ends it to the second; but what it says is always
what the windows say: each change of them comes through here, and a timer finds what slipped
between.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from escalation.actions import suppression
from incidents.models import Alert, Incident
from incidents.report import Suppression
from integrations.engine.pipeline import routing_of
from integrations.engine.report import first_hold
from integrations.maintenance.matching import (
    ATTRIBUTES_KEY,
    REASON,
    Window,
    active_window,
    load_windows,
    subject_of,
)
from integrations.models import Integration

REEVALUATE_EVERY_S = 30.0
MAX_RESUMED_AT_ONCE = 50  # Further incidents are due now, and for the scheduler.
OVER = "The maintenance is over"
_last_run = {"at_s": 0.0}  # of time.monotonic()


@transaction.atomic
def reevaluate(now: datetime) -> int:
    """Resume what is in no window any more, and suppress the others until the end of theirs.

    Returns how many incidents changed; done twice, it changes nothing.
    """
    alerts = _suppressed_alerts(now)
    if not alerts:
        return 0
    windows, integrations = load_windows(now), _integrations_of(alerts)
    free, holds = [], {}
    for incident_id, rows in alerts.items():
        hold = _first_to_end(_hold_of(alert, windows, integrations, now) for alert in rows)
        if hold is None:
            free.append(incident_id)
        else:
            holds[incident_id] = hold
    resumed = 0
    if len(free) <= MAX_RESUMED_AT_ONCE:
        suppression.resume_notifications(sorted(free), now=now, text=OVER)
        resumed = len(free)
    else:
        holds |= {pk: Suppression(alerts[pk][0].incident.suppressed_reason, now) for pk in free}
    return resumed + (suppression.update_suppression(holds, now=now) if holds else 0)


def reevaluate_if_due(now: datetime) -> int:
    """The same every 30 s: for an alert that came in while a window was being changed."""
    if time.monotonic() - _last_run["at_s"] < REEVALUATE_EVERY_S:
        return 0
    _last_run["at_s"] = time.monotonic()
    return reevaluate(now)


def next_reevaluation() -> datetime | None:
    """When it is due again; None where nothing is suppressed by a maintenance."""
    if not _in_maintenance().exists():
        return None
    left_s = REEVALUATE_EVERY_S - (time.monotonic() - _last_run["at_s"])
    return timezone.now() + timedelta(seconds=max(left_s, 0.0))


def _in_maintenance() -> QuerySet[Incident]:
    return Incident.objects.exclude(suppressed_reason="").filter(
        suppressed_reason__startswith=REASON
    )


def _suppressed_alerts(now: datetime) -> dict[int, list[Alert]]:
    """The open alerts of each suppressed incident. What is due already is for the scheduler."""
    rows = Alert.objects.filter(
        incident__in=_in_maintenance().filter(suppressed_until__gt=now), closed_at=None
    )
    found = defaultdict(list)
    for alert in rows.defer("recent_occurrences").select_related("incident"):
        found[alert.incident_id].append(alert)
    return found


def _integrations_of(alerts: dict[int, list[Alert]]) -> dict[int, Integration]:
    details = (
        alert.attributes.get(ATTRIBUTES_KEY) or {} for rows in alerts.values() for alert in rows
    )
    return Integration.objects.in_bulk({one.get("integration") for one in details} - {None})


def _hold_of(
    alert: Alert, windows: list[Window], integrations: dict[int, Integration], now: datetime
) -> Suppression | None:
    """Why this alert pages nobody now: a window, or a delay by time that is not over yet."""
    subject = subject_of(alert)
    integration = integrations.get(subject.integration_id or 0)
    delay = routing_of(integration).hold(alert.opened_at) if integration else None
    if delay and (delay.until is None or delay.until <= now):
        delay = None
    return first_hold(active_window(windows, subject, now), delay)


def _first_to_end(holds: Iterable[Suppression | None]) -> Suppression | None:
    """That which ends first; None where an alert has none, since it pages now."""
    found = list(holds)
    if None in found:
        return None
    timed = [(hold.until, place) for place, hold in enumerate(found) if hold and hold.until]
    return found[min(timed)[1]] if timed else None
