"""Who may change who is on call: one answer for the pages and the REST API."""

from collections.abc import Iterable

from escalation.models import Override, Schedule
from incidents.models import User


def may_add(user: User) -> bool:
    """Who may change every team, and whoever manages one."""
    everything = user.has_perm("incidents.Groups_Update_GlobalAccess")
    return everything or user.memberships.filter(is_manager=True).exists()


def may_override(schedule: Schedule, people: Iterable[int], user: User) -> bool:
    """Whether the person may put these on call: anybody, or nobody, where they manage the
    schedule; else themselves alone."""
    if list(people) == [user.pk]:
        return True
    return Schedule.objects.changeable_by(user).filter(pk=schedule.pk).exists()


def may_cancel(override: Override, user: User) -> bool:
    """Who could have made it, and who did."""
    is_own = override.made_by_id == user.pk
    return is_own or may_override(override.schedule, override.people, user)
