"""Out of office: who is away, and who covers."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from escalation.actions.overrides import Span
from escalation.models import Absence
from escalation.on_call.schedule_facts import instant_of, time_of
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Team, User
from incidents.responders import refuse_stakeholders

MAX_LENGTH = timedelta(days=366)


@transaction.atomic
def add_absence(
    user: User,
    span: Span,
    *,
    cover: User | None = None,
    team: Team | None = None,
    note: str = "",
    by: User | None = None,
) -> Absence:
    """The person is away; with a cover that one is on call in their place.

    Raises InvalidRequest, naming the field, where that cannot be.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if span.ends_at <= span.starts_at:
        raise InvalidRequest("ends_at: It has to end after it starts.")
    if span.ends_at - span.starts_at > MAX_LENGTH:
        raise InvalidRequest("ends_at: At most 366 days at a time.")
    if cover == user:
        raise InvalidRequest("cover: Somebody else has to cover.")
    if cover is not None and not cover.is_active:
        raise InvalidRequest(f"cover: {cover} cannot be paged: switched off.")
    refuse_stakeholders("cover", [cover] if cover else [])
    if other := _overlapping(user, span, team):
        said = f"{other.starts_at:%Y-%m-%d %H:%M} to {other.ends_at:%Y-%m-%d %H:%M} UTC"
        raise InvalidRequest(f"starts_at: {user} is away already from {said}.")
    return Absence.objects.create(
        user=user,
        starts_at=time_of(instant_of(span.starts_at)),
        ends_at=time_of(instant_of(span.ends_at)),
        cover=cover,
        team=team,
        note=note[:300],
        made_by=by,
    )


@transaction.atomic
def cancel_absence(absence: Absence) -> Absence:
    """It counts no longer; what was until now stays so. Raises DomainError where it is over."""
    row: Absence = Absence.objects.select_for_update(no_key=True).get(pk=absence.pk)
    now = time_of(instant_of(timezone.now()))
    if row.cancelled_at is None:
        if row.ends_at <= now:
            raise DomainError("It is over, and cannot be cancelled any more.")
        row.cancelled_at = now
        row.save(update_fields=["cancelled_at"])
    return row


def _overlapping(user: User, span: Span, team: Team | None) -> Absence | None:
    rows = Absence.objects.live_between(span.starts_at, span.ends_at).filter(user=user)
    rows = rows.filter(Q(cancelled_at=None) | Q(cancelled_at__gt=span.starts_at))
    return rows.filter(team=team).first()
