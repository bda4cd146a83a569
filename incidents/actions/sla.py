"""Service level targets: each is warned of once for a round, and noted as missed once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from incidents import sla_clock
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry
from incidents.sla_clock import SLA_FIELDS
from incidents.sla_targets import TARGETS, Row
from opsportal.lib.bulk_write import write_all
from opsportal.lib.durations import format_duration

WORDS = {
    "acknowledge": "Nobody has taken it within {minutes} minutes",
    "resolve": "It was not over within {minutes} minutes",
}
WARNINGS = {"acknowledge": "{left} left to acknowledge it", "resolve": "{left} left to resolve it"}


@transaction.atomic
def note_breaches(now: datetime, *, limit: int = 200) -> int:
    """Write down the targets that are missed by now, and those that will be soon; returns on how
    many incidents.

    The timers are the rows: any number of callers may ask, and each breach is noted by one.
    """
    due = Q(acknowledge_by__lte=now) | Q(resolve_by__lte=now) | Q(sla_warn_at__lte=now)
    locked = Incident.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    incidents = list(locked.filter(due).select_related("service").order_by("pk")[:limit])
    lines: list[TimelineEntry] = []
    for incident in incidents:
        lines += _breaches(incident, now)
        lines += [_warning(incident, target, now) for target in _warned(incident, now)]
    write_all(incidents, SLA_FIELDS)
    record(lines)
    return len(incidents)


def _breaches(incident: Incident, now: datetime) -> Iterable[TimelineEntry]:
    for target in TARGETS:
        due_at = getattr(incident, f"{target}_by")
        if due_at is not None and due_at <= now:
            sla_clock.breach(incident, target, now)
            yield _breach(incident, target, due_at, now)


def _warned(incident: Incident, now: datetime) -> list[str]:
    if incident.sla_warn_at is None or incident.sla_warn_at > now:
        return []
    return sla_clock.take_warnings(incident, now)


def _breach(incident: Incident, target: str, due_at: datetime, now: datetime) -> TimelineEntry:
    minutes = getattr(incident, f"{target}_target_minutes")
    late_ms = round((now - due_at).total_seconds() * 1000)
    facts = {"target": target, "minutes": minutes, "due_at": due_at.isoformat(), "late_ms": late_ms}
    return entry(
        incident, TimelineVerb.SLA_BREACHED, WORDS[target].format(minutes=minutes), facts=facts
    )


def _warning(incident: Incident, target: str, now: datetime) -> TimelineEntry:
    due_at = getattr(incident, f"{target}_by")
    left_s = sla_clock.left_s(incident, target, now)
    facts = {"target": target, "due_at": due_at.isoformat(), "left_s": left_s}
    text = WARNINGS[target].format(left=format_duration(left_s))
    return entry(incident, TimelineVerb.SLA_WARNING, text, facts=facts)


def override_targets(rows: Mapping[int, Sequence[Row]], incidents: Iterable[Incident]) -> None:
    """These targets come before those of the service, by the ids of incidents that have only just
    opened and are locked or made by the caller."""
    changed = [incident for incident in incidents if incident.pk in rows]
    for incident in changed:
        since = incident.told_from
        sla_clock.begin(
            incident, since or incident.opened_at, [*rows[incident.pk], *incident.sla_rows]
        )
        if since is None:
            sla_clock.halt(incident, incident.opened_at)
    write_all(changed, SLA_FIELDS)
