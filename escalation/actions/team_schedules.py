"""The schedule with which a new team begins."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from escalation.actions.schedules import add_schedule
from escalation.models import Schedule
from escalation.schedules.definition import MAX_PEOPLE_IN_SLOT, Definition, Layer
from incidents.models import Team, User
from opsportal.lib.wall_clock import wall_of

HAND_OVER = time(9)


@transaction.atomic
def add_team_schedule(team: Team, *, by: User) -> Schedule | None:
    """All members who can be paged are on call together, at every hour, by the clock of ``by``;
    None for a team without any. Of many there are several layers of one rank."""
    members = User.objects.pageable().filter(memberships__team=team)
    ids = list(members.order_by("memberships__position").values_list("pk", flat=True))
    if not ids:
        return None
    today = timezone.now().astimezone(by.zone).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), HAND_OVER)
    layers = tuple(
        Layer(
            f"everybody-{start // MAX_PEOPLE_IN_SLOT + 1}",
            "24×7",
            ring=(tuple(ids[start : start + MAX_PEOPLE_IN_SLOT]),),
            anchor=wall_of(monday),
        )
        for start in range(0, len(ids), MAX_PEOPLE_IN_SLOT)
    )
    definition = Definition(by.time_zone, layers)
    return add_schedule(definition, by=by, name=_free_name(team), team=team)


def _free_name(team: Team) -> str:
    taken = set(
        Schedule.objects.filter(name__startswith=team.name[:130]).values_list("name", flat=True)
    )
    names = [team.name, *(f"{team.name[:130]} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
