"""Write timeline entries, and send `incident_changed` after the commit."""

from collections.abc import Iterable, Sequence
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
    TimelineVerb.REOPENED,
    TimelineVerb.SLA_BREACHED,
    TimelineVerb.UNREACHABLE,
}


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
        is_announced=verb not in ANNOUNCED,
    )


def record(entries: Sequence[TimelineEntry]) -> None:
    """Write lines of the timeline, and tell the other apps once they are true."""
    if not entries:
        return
    insert_all(entries)
    changes = [(line.incident_id, line.verb) for line in entries]
    transaction.on_commit(partial(incident_changed.send_robust, Incident, changes=changes))


def mark_announced(entry_ids: Iterable[int]) -> None:
    """These lines were told to whoever wanted to know."""
    TimelineEntry.objects.filter(pk__in=list(entry_ids)).update(is_announced=True)
