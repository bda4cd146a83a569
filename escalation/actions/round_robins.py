"""The entries of round robins, and whose turn it is after a change of them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from escalation.models import RoundRobin, RoundRobinEntry
from escalation.plans.round_robin import with_entries
from escalation.policies.round_robin_rows import ring_of
from incidents.errors import InvalidRequest
from incidents.responders import refuse_stakeholders


@transaction.atomic
def write_entries(row: RoundRobin, entries: Sequence[dict[str, Any]]) -> None:
    """These are the entries, in this order: each a ``user`` or a ``schedule``.

    It is still the turn of the same one, or of the first after it that stays. Raises
    InvalidRequest where one is named twice, or is a Stakeholder.
    """
    new = [RoundRobinEntry(position=at, **fields) for at, fields in enumerate(entries)]
    if len({entry.code for entry in new}) < len(new):
        raise InvalidRequest("entries: name each person and each schedule once.")
    refuse_stakeholders("entries", [entry.user for entry in new if entry.user])
    locked = RoundRobin.objects.select_for_update(no_key=True).get(pk=row.pk)
    ring = with_entries(ring_of(locked), [entry.code for entry in new])
    locked.entries.all().delete()
    for entry in new:
        entry.round_robin = locked
        entry.save()
    locked.next_index, locked.skipped = ring.next_index, list(ring.skipped)
    locked.save(update_fields=["next_index", "skipped"])
