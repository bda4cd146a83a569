"""The steps of an imported policy: whom they tell, by what, and when they are taken."""

from typing import Any

from escalation.actions import round_robins
from escalation.models import Policy, RoundRobin, Target
from integrations.importers import neutral
from integrations.importers.convert import condition_problem
from integrations.importers.neutral import Kind
from integrations.importers.references import target_refs
from integrations.setup.imports.context import Context
from notifications.channels import all_channels

MAX_NAME = 150
# The field of a target and the kind of object, by the kind of target.
PLACES: dict[str, tuple[str, Kind]] = {
    "user": ("user", Kind.PERSON),
    "team": ("team", Kind.TEAM),
    "team_role": ("team", Kind.TEAM),
    "schedule": ("schedule", Kind.SCHEDULE),
    "schedule_next": ("schedule", Kind.SCHEDULE),
    "schedule_previous": ("schedule", Kind.SCHEDULE),
}


def steps_of(policy: neutral.Policy, row: Policy, context: Context) -> list[dict[str, Any]]:
    """As ``policy_documents.write_steps`` takes them. The wait of a step that tells nobody here is
    added to the next. Raises InvalidRequest for a Stakeholder in a round robin."""
    found, wait_s = [], 0
    for number, step in enumerate(policy.steps, start=1):
        wait_s += step.wait_s
        name = f"{row.name[: MAX_NAME - 20]}, step {number}"
        told = [document for one in step.targets for document in _told(one, row, name, context)]
        if not told:
            continue
        when = [one for one in step.conditions if not condition_problem(one)]
        found.append(
            {
                "wait_seconds": wait_s,
                "targets": told,
                "step_channels": [
                    {"channel": channel, "after_minutes": 0}
                    for channel in step.channels
                    if channel in all_channels()
                ],
                "when": [{k: one[k] for k in ("field", "operator", "value")} for one in when],
                "waits_for_hours": any(one.get("waits") for one in when),
            }
        )
        wait_s = 0
    return found


def _told(target: neutral.Target, row: Policy, name: str, context: Context) -> list[dict[str, Any]]:
    """Documents of the targets that one of the source has become."""
    if target.kind == "round_robin":
        ring = _round_robin(target, row, name, context)
        return [{"kind": target.kind, "round_robin": ring}] if ring else []
    if target.kind == "recipient_teams":
        return [{"kind": target.kind, "role": target.role or "primary"}]
    if target.kind not in PLACES:
        return []
    field, kind = PLACES[target.kind]
    told = context.row_or_none(kind, target.id)
    if told is None:
        return []
    role = target.role or ("primary" if target.kind == "team_role" else "")
    return [{"kind": target.kind, field: told, "role": role}]


def _round_robin(
    target: neutral.Target, row: Policy, name: str, context: Context
) -> RoundRobin | None:
    """That of this step, which keeps whose turn it is; a new one where it had none."""
    entries = []
    for (kind, _), ref in zip(target.ids, target_refs(target), strict=True):
        if told := context.row_or_none(*ref):
            entries.append({PLACES[kind][0]: told})
    if not entries:
        return None
    own = Target.objects.filter(step__policy=row, round_robin__name__startswith=name)
    found = own.select_related("round_robin").first() if row.pk else None
    ring = found.round_robin if found else None
    ring = ring or RoundRobin.objects.create(name=_free(name))
    round_robins.write_entries(ring, entries)
    return ring


def _free(name: str) -> str:
    """A name that no round robin has."""
    names, number, found = RoundRobin.objects.filter(name__startswith=name), 1, name
    taken = set(names.values_list("name", flat=True))
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found
