"""Who may ask for cover, answer, and undo that: one answer for the pages and the REST API."""

from datetime import datetime, timedelta

from escalation.models import CoverRequest, Schedule
from escalation.rights.schedule_rights import manages, may_take
from incidents.models import User
from incidents.models.people import RESPOND

UNDO_UNTIL = timedelta(hours=24)  # before the start, by whoever has taken it


def may_ask_for(schedule: Schedule, asker: User, user: User) -> bool:
    """For oneself, where one may respond; for others whoever manages the schedule."""
    if asker.pk == user.pk:
        return user.has_perm(RESPOND)
    return manages(schedule, user)


def may_answer(request: CoverRequest, user: User) -> bool:
    """Who was asked, and who may take shifts of the schedule."""
    if request.asker_id == user.pk:
        return False
    is_asked = request.invitations.filter(user=user).exists()
    return is_asked or may_take(request.schedule, user)


def may_withdraw(request: CoverRequest, user: User) -> bool:
    """Whoever asked, whoever did so for them, and the managers."""
    own = user.pk in (request.asker_id, request.made_by_id)
    return own or manages(request.schedule, user)


def may_undo(request: CoverRequest, user: User, now: datetime) -> bool:
    """The asker and the managers; whoever has taken it until a day before the start."""
    if may_withdraw(request, user):
        return True
    taken = request.overrides.filter(made_by=user, cancelled_at=None, ends_at__gt=now)
    return now <= request.starts_at - UNDO_UNTIL and taken.exists()
