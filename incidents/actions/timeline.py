"""Write timeline entries, and send `incident_changed` after the commit."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.db import transaction

from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry, User
from incidents.signals import incident_changed
from opsportal.lib.bulk_write import insert_all

# What services may want their shared channels, and people who were paged, to hear of; and who
# could not be reached, which brings the next step forward.
ANNOUNCED = {
    TimelineVerb.OPENED,
    TimelineVerb.NOTIFICATIONS_RESUMED,
    TimelineVerb.ACKNOWLEDGED,
    TimelineVerb.RESOLVED,
    TimelineVerb.MERGED,
    TimelineVerb.REOPENED,
    TimelineVerb.SLA_WARNING,
    TimelineVerb.SLA_BREACHED,
    TimelineVerb.UNREACHABLE,
}


# What watchers want to hear of besides.
FOLLOWED = {TimelineVerb.COMMENTED, TimelineVerb.EDITED, TimelineVerb.ASSIGNED}
# What messages that were sent show besides, and so are changed for.
SHOWN = {
    TimelineVerb.SNOOZED,
    TimelineVerb.SNOOZE_EXPIRED,
    TimelineVerb.ACKNOWLEDGEMENT_EXPIRED,
    TimelineVerb.SEVERITY_ESCALATED,
    TimelineVerb.URGENCY_CHANGED,
    TimelineVerb.MERGE_UNDONE,
}
_HEARD = ANNOUNCED | FOLLOWED | SHOWN
# What upper apps do with new lines, in the transaction that writes them.
Starter = Callable[[Sequence[TimelineEntry]], None]
STARTERS: list[Starter] = []


def on_record(start: Starter) -> Starter:
    """Register a function that is called with the lines that were written, in their transaction."""
    STARTERS.append(start)
    return start


def entry(
    incident: Incident,
    verb: TimelineVerb,
    text: str = "",
    *,
    by: User | None = None,
    via: str = "",
    facts: dict[str, Any] | None = None,
) -> TimelineEntry:
    """An unsaved line of the timeline."""
    return TimelineEntry(
        incident=incident,
        verb=verb,
        text=text,
        by=by,
        via=via[:200],
        facts=facts or {},
        is_announced=verb not in _HEARD,
    )


def record(entries: Sequence[TimelineEntry]) -> None:
    """Write lines of the timeline, and tell the other apps once they are true."""
    if not entries:
        return
    insert_all(entries)
    _note_activity(entries)
    for start in STARTERS:
        start(entries)
    changes = [(line.incident_id, line.verb) for line in entries]
    transaction.on_commit(partial(incident_changed.send_robust, Incident, changes=changes))


def _note_activity(entries: Sequence[TimelineEntry]) -> None:
    """A person did something to these incidents, which the caller has locked."""
    lines = [line for line in entries if line.by_id is not None]
    if not lines:
        return
    at = max(line.at for line in lines)
    for line in lines:
        line.incident.active_at = at
    Incident.objects.filter(pk__in={line.incident_id for line in lines}).update(active_at=at)


def mark_announced(entry_ids: Iterable[int]) -> None:
    """These lines were told to whoever wanted to know."""
    TimelineEntry.objects.filter(pk__in=list(entry_ids)).update(is_announced=True)
