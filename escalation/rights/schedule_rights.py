"""Who may change who is on call: one answer for the pages and the REST API."""

from collections.abc import Callable, Iterable

from django.db.models import Q
from django.utils import timezone

from escalation.actions.overrides import BY_HAND, UNDO_FOR
from escalation.choices import OverrideOrigin
from escalation.models import CoverageDefect, HandOver, Override, Schedule
from incidents.models import User
from incidents.models.people import CHANGE_PEOPLE, RESPOND


def may_add(user: User) -> bool:
    """Who may change every team, and whoever manages one."""
    everything = user.has_perm("incidents.Groups_Update_GlobalAccess")
    return everything or user.memberships.filter(is_manager=True).exists()


def manages(schedule: Schedule, user: User) -> bool:
    """Whether the person may change the schedule."""
    return Schedule.objects.changeable_by(user).filter(pk=schedule.pk).exists()


def may_take(schedule: Schedule, user: User) -> bool:
    """Whether the person may put themselves on call in it."""
    return schedule.pk in takeable([schedule], user)


def takeable(schedules: Iterable[Schedule], user: User) -> set[int]:
    """The ids of those in which the person may put themselves on call: whoever may respond, where
    the schedule names them or is of a team of theirs; and its managers."""
    if not user.has_perm(RESPOND):
        return set()
    rows = Schedule.objects.filter(pk__in=[row.pk for row in schedules])
    found = rows.filter(
        Q(members__user=user)
        | Q(team__in=user.memberships.values("team"))
        | Q(pk__in=Schedule.objects.changeable_by(user).values("pk"))
    )
    return set(found.values_list("pk", flat=True))


def may_write_note(hand_over: HandOver, user: User) -> bool:
    """Whoever hands over or takes over, and who may change the schedule."""
    if user.pk in (*hand_over.outgoing, *hand_over.incoming):
        return True
    return manages(hand_over.schedule, user)


def may_override(schedule: Schedule, people: Iterable[int], user: User) -> bool:
    """Whether the person may put these on call: anybody, or nobody, where they manage the
    schedule; themselves alone where they may take over."""
    if list(people) == [user.pk]:
        return may_take(schedule, user)
    return manages(schedule, user)


def may_cancel(override: Override, user: User, *, is_manager: bool | None = None) -> bool:
    """Who manages the schedule, who made it, and whom alone it names. Who has taken over puts the
    other on call again by that, and may so for ten minutes. ``is_manager``: whether the person
    manages the schedule, where that is known."""
    is_own = override.made_by_id == user.pk or override.people == [user.pk]
    if override.origin == OverrideOrigin.TAKE:
        is_own = is_own and timezone.now() - override.made_at <= UNDO_FOR
    if is_own or is_manager is not None:
        return is_own or bool(is_manager)
    return manages(override.schedule, user)


def may_change_times(override: Override, user: User) -> bool:
    """Who may cancel it, and may put the same people on call."""
    if override.origin not in BY_HAND or not may_cancel(override, user):
        return False
    return may_override(override.schedule, override.people, user)


def may_say_absence(person: User, user: User) -> bool:
    """Whether the user may say that the person is out of office: of themselves, of everybody who
    may change people, and of the members of the teams that they manage."""
    if person.pk == user.pk or user.has_perm(CHANGE_PEOPLE):
        return True
    managed = user.memberships.filter(is_manager=True).values("team")
    return bool(person.memberships.filter(team__in=managed).exists())


def ignorable_by(user: User) -> Callable[[CoverageDefect], bool]:
    """Which defects the person may ignore: all for who may change policies or every team; those
    of the teams that the person manages. One query for any number."""
    may_all = user.has_perm("escalation.Message_Rule_Update")
    if may_all or user.has_perm("incidents.Groups_Update_GlobalAccess"):
        return lambda defect: True
    managed = set(user.memberships.filter(is_manager=True).values_list("team_id", flat=True))
    return lambda defect: any(
        row is not None and row.team_id in managed for row in (defect.policy, defect.schedule)
    )
