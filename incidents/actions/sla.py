"""Service level targets: each is noted as missed once for each incident."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry
from opsportal.lib.bulk_write import write_all

# The timer of each target, and how the timeline says that it was missed.
TIMERS = {"acknowledge": "acknowledge_by", "resolve": "resolve_by"}
WORDS = {
    "acknowledge": "Nobody has taken it within {minutes} minutes",
    "resolve": "It was not over within {minutes} minutes",
}


@transaction.atomic
def note_breaches(now: datetime, *, limit: int = 200) -> int:
    """Write down the targets that are missed by now; returns on how many incidents.

    The timers are the rows: any number of callers may ask, and each breach is noted by one.
    """
    missed = Q(acknowledge_by__lte=now) | Q(resolve_by__lte=now)
    locked = Incident.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    incidents = list(locked.filter(missed).select_related("service").order_by("pk")[:limit])
    lines = []
    for incident in incidents:
        for target, timer in TIMERS.items():
            due_at = getattr(incident, timer)
            if due_at is not None and due_at <= now:
                lines.append(_breach(incident, target, due_at, now))
                setattr(incident, timer, None)
    write_all(incidents, TIMERS.values())
    record(lines)
    return len(incidents)


def _breach(incident: Incident, target: str, due_at: datetime, now: datetime) -> TimelineEntry:
    minutes = getattr(incident.service, f"{target}_within_minutes")
    late_ms = round((now - due_at).total_seconds() * 1000)
    facts = {"target": target, "minutes": minutes, "due_at": due_at.isoformat(), "late_ms": late_ms}
    return entry(
        incident, TimelineVerb.SLA_BREACHED, WORDS[target].format(minutes=minutes), facts=facts
    )


def restart_timers(incident: Incident, *, now: datetime) -> None:
    """Set the timers of an incident that begins anew; a target that was missed stays missed.

    The caller saves the incident.
    """
    breaches = incident.timeline.filter(verb=TimelineVerb.SLA_BREACHED).values_list(
        "facts__target", flat=True
    )
    missed = set(breaches)
    for target, timer in TIMERS.items():
        due_at = None if target in missed else getattr(incident.service, timer)(now)
        setattr(incident, timer, due_at)
