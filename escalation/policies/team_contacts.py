"""The contact methods of teams that steps name: told one after another, beside the members."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from escalation.choices import TargetKind
from escalation.plans.plan import Plan
from notifications.models import TeamContact


class TeamAddress(NamedTuple):
    """A shared channel that is an address of a team, and how many seconds after the step it is
    told."""

    shared_channel: int
    why: str
    after_s: int


TeamAddresses = Mapping[int, Sequence[TeamAddress]]


def team_addresses(plans: Iterable[Plan]) -> TeamAddresses:
    """→ {team: its addresses in their order} of the teams that are targets themselves; costs no
    query where none is."""
    teams = {
        target.id
        for plan in plans
        for step in plan.steps
        for target in step.targets
        if target.kind == TargetKind.TEAM and target.id
    }
    found: dict[int, list[TeamAddress]] = defaultdict(list)
    if not teams:
        return found
    rows = TeamContact.objects.filter(team__in=teams, shared_channel__is_enabled=True)
    waited: dict[int, int] = defaultdict(int)
    for row in rows.order_by("team", "position", "pk").select_related("team"):
        waited[row.team_id] += row.wait_minutes * 60
        minutes = waited[row.team_id] // 60
        why = f"address of {row.team}" + (f", {minutes} min later" if minutes else "")
        found[row.team_id].append(TeamAddress(row.shared_channel_id, why, waited[row.team_id]))
    return found


def addresses_of_step(plan: Plan, position: int, addresses: TeamAddresses) -> Iterator[TeamAddress]:
    """Those that a step tells, each shared channel once."""
    seen = set()
    for target in plan.steps[position].targets:
        for one in addresses.get(target.id or 0, ()) if target.kind == TargetKind.TEAM else ():
            if one.shared_channel not in seen:
                seen.add(one.shared_channel)
                yield one
