"""What people are told of a request for cover."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.urls import reverse

from escalation.answer_links import answer_path
from escalation.choices import CoverStatus
from escalation.models import CoverRequest, Override
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.hours import count_nights
from incidents.models import Membership, User
from notifications.actions import notices
from notifications.page import Notice
from opsportal.lib.durations import format_duration

URGENT = timedelta(hours=24)  # so shortly before its start the rules for high urgency are used


def describe(row: CoverRequest, reader: User) -> str:
    """Such as ``Payments, Mon 2 Mar 09:00 to Mon 9 Mar 09:00 (7 d, 7 nights)``."""
    first, last = spell(row.starts_at, reader.zone), spell(row.ends_at, reader.zone)
    seconds = int((row.ends_at - row.starts_at).total_seconds())
    nights = count_nights(instant_of(row.starts_at), instant_of(row.ends_at), reader.zone)
    spelt = f", {nights} night{'s' if nights > 1 else ''}" if nights else ""
    return f"{row.schedule}, {first} to {last} ({format_duration(seconds)}{spelt})"


def tell_asked(
    row: CoverRequest, people: Iterable[User], *, now: datetime, is_reminder: bool = False
) -> None:
    """Ask these people, each with a link of their own."""
    for user in people:
        title = f"{row.asker} asks for cover: {describe(row, user)}"
        lines = [row.message] if row.message else []
        if row.gives_back:
            lines.append(f"{row.asker} takes one of your shifts in return, if you like.")
        lines.append("The link shows it, and takes it by a button.")
        title = f"Still open: {title}" if is_reminder else title
        path = answer_path("cover", row.pk, user.pk, now=now)
        _tell([user.pk], Notice(title, "\n".join(lines), path), row, now)


def tell_taken(row: CoverRequest, *, by: User, now: datetime) -> None:
    """The asker that it is taken; where nothing is left those who have not answered as well."""
    is_whole = row.status == CoverStatus.TAKEN
    title = f"{by} has taken {'it' if is_whole else 'a part of it'}"
    _tell_asker(row, title, now=now)
    if is_whole:
        waiting = row.invitations.filter(declined_at=None).exclude(user=by)
        for invitation in waiting.select_related("user"):
            text = describe(row, invitation.user)
            _tell([invitation.user_id], Notice(f"{by} has taken it: {text}", "", _page()), row, now)


def tell_undone(row: CoverRequest, takers: Collection[int], *, by: User, now: datetime) -> None:
    """The asker and whoever had taken it, but for who has undone it."""
    if by.pk != row.asker_id:
        _tell_asker(row, f"{by} has undone it: you are on call again", now=now)
    others = User.objects.filter(pk__in=takers).exclude(pk=by.pk)
    for user in others:
        title = f"{by} has undone it, you are not on call: {describe(row, user)}"
        _tell([user.pk], Notice(title, "", _page()), row, now)


def tell_withdrawn(row: CoverRequest, *, by: User, now: datetime) -> None:
    """Those who were asked and have not said no; the asker, where somebody else did it."""
    if by.pk != row.asker_id:
        _tell_asker(row, f"{by} has withdrawn it: you are on call", now=now)
    waiting = row.invitations.filter(declined_at=None).exclude(user=by)
    for invitation in waiting.select_related("user"):
        title = f"No cover is needed any more: {describe(row, invitation.user)}"
        _tell([invitation.user_id], Notice(title, "", _page()), row, now)


def tell_all_declined(row: CoverRequest, *, now: datetime) -> None:
    """The asker, that nobody can."""
    _tell_asker(row, "All who were asked have said no: you are on call", now=now)


def tell_nobody(row: CoverRequest, *, now: datetime) -> None:
    """The asker and the managers of the schedule's team, that nobody has taken it."""
    _tell_asker(row, "Nobody has taken it: you are on call", now=now)
    managers = Membership.objects.filter(team=row.schedule.team_id, is_manager=True)
    people = User.objects.filter(pk__in=managers.values("user")).exclude(pk=row.asker_id)
    for user in people if row.schedule.team_id else ():
        title = f"Nobody covers for {row.asker}: {describe(row, user)}"
        text = f"{row.asker} is on call then."
        _tell([user.pk], Notice(title, text, row.schedule.get_absolute_url()), row, now)


def tell_relieved(override: Override, *, now: datetime) -> None:
    """Whoever was on call, that somebody has taken over."""
    if override.instead_of is None or override.made_by is None:
        return
    until = spell(override.ends_at, override.instead_of.zone)
    title = f"{override.made_by} has taken over {override.schedule} from you until {until}"
    notice = Notice(title, "", override.schedule.get_absolute_url())
    notices.notify([override.instead_of.pk], notice, key=f"take:{override.pk}", now=now)


def _tell_asker(row: CoverRequest, title: str, *, now: datetime) -> None:
    notice = Notice(f"{title}: {describe(row, row.asker)}", "", _page())
    _tell([row.asker_id], notice, row, now)


def _tell(people: Collection[int], notice: Notice, row: CoverRequest, now: datetime) -> None:
    is_urgent = row.starts_at - now < URGENT
    notices.notify(people, notice, key=f"cover:{uuid4()}", now=now, urgent=is_urgent)


def _page() -> str:
    return reverse("my_shifts")
