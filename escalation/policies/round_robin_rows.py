"""Round robins read from the database, and the keys under which runs keep their turns."""

from collections.abc import Collection

from escalation.choices import TargetKind
from escalation.models import RoundRobin
from escalation.plans.plan import Plan, PlanTarget
from escalation.plans.round_robin import Ring


def ring_of(row: RoundRobin) -> Ring:
    """A round robin as it stands in its row."""
    return Ring(
        name=row.name,
        entries=tuple(entry.code for entry in row.entries.all()),
        next_index=row.next_index,
        skipped=tuple(row.skipped),
        new_person_each_repeat=row.new_person_each_repeat,
    )


def read_rings(ids: Collection[int | None], *, locks: bool = False) -> dict[int, Ring]:
    """→ {id: round robin}; ``locks`` them in the order of their ids. No ids cost no query."""
    if not ids:
        return {}
    rows = RoundRobin.objects.filter(pk__in=[pk for pk in ids if pk]).order_by("pk")
    if locks:
        rows = rows.select_for_update(no_key=True)
    return {row.pk: ring_of(row) for row in rows.prefetch_related("entries")}


def turn_key(plan: Plan, position: int, target: PlanTarget) -> str:
    """Under which a run keeps whom a round robin chose for a step, and for those that ask the
    next ones of the same."""
    for place in range(position, -1, -1):
        for one in plan.steps[place].targets:
            if one.kind == TargetKind.ROUND_ROBIN and one.id == target.id and not one.places_on:
                return f"{target.id}:{place}"
    return f"{target.id}:{position}"
