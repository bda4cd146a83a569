"""Which changes belong beside an incident, and how long before it they were."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incidents.models import Change, Incident, Service
from opsportal.lib.durations import format_duration

LOOKBACK = timedelta(hours=24)
MAX_CHANGES = 20


@dataclass(frozen=True, slots=True)
class RelatedChange:
    """A change, in words that relate it to the incident."""

    change: Change
    when: str
    is_before: bool


def related_changes(incident: Incident, user: Any) -> dict[str, list[RelatedChange]]:
    """The changes of its service, and of other services of the same team, newest first: from a
    day before it opened until now, or until it was over."""
    changes = Change.objects.visible_to(user).select_related("service")
    changes = changes.filter(at__gte=incident.opened_at - LOOKBACK)
    if incident.resolved_at:
        changes = changes.filter(at__lte=incident.resolved_at)
    own = changes.filter(service=incident.service_id)
    team = incident.service.team_id
    others = Service.objects.filter(team=team).exclude(pk=incident.service_id)
    theirs = changes.filter(service__in=others) if team else changes.none()
    return {
        "own": [_related(row, incident.opened_at) for row in own[:MAX_CHANGES]],
        "theirs": [_related(row, incident.opened_at) for row in theirs[:MAX_CHANGES]],
    }


def _related(change: Change, opened_at: datetime) -> RelatedChange:
    seconds = (opened_at - change.at).total_seconds()
    where = "before" if seconds >= 0 else "after"
    return RelatedChange(change, f"{format_duration(abs(seconds))} {where}", seconds >= 0)
