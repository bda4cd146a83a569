"""Hand-overs are told at their time, and have a note that is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from escalation.actions.confirmations import CONFIRM, ask_to_confirm, confirm_path
from escalation.actions.due_rows import process_due
from escalation.actions.hand_over_plans import PLANNED_AHEAD
from escalation.models import HandOver, OnCallSettings, Schedule
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import who
from incidents.errors import InvalidRequest
from incidents.models import Incident, Service, User
from notifications.actions.notices import notify, notify_channel
from notifications.page import Notice

LATE_AT_MOST = timedelta(hours=1)
MAX_NOTE_CHARS = 10_000
BATCH = 100


class Words(NamedTuple):
    """The names of who hands over and of who takes over, and how many incidents are open."""

    outgoing: str
    incoming: str
    still: str


def write_note(hand_over: HandOver, note: str, *, by: User) -> HandOver:
    """Replace the note. Raises InvalidRequest for more than 10,000 characters."""
    if len(note) > MAX_NOTE_CHARS:
        raise InvalidRequest(f"note: At most {MAX_NOTE_CHARS} characters.")
    hand_over.note, hand_over.written_by = note.strip(), by
    hand_over.written_at = timezone.now()
    hand_over.save(update_fields=["note", "written_by", "written_at"])
    return hand_over


def tell_due_hand_overs(now: datetime) -> int:
    """Tell the people of those whose time has come; returns how many were looked at."""
    due = HandOver.objects.filter(done_at=None, at__lte=now).order_by("at")
    return process_due(due, partial(_tell, now=now), limit=BATCH)


def _tell(row: HandOver, *, now: datetime) -> None:
    if now <= row.at + LATE_AT_MOST and _is_so(row):
        _tell_all(row, now)
    row.done_at = now
    row.save(update_fields=["done_at"])


def _tell_all(row: HandOver, now: datetime) -> None:
    """Both sides, and the shared channel of the schedule where there is one."""
    words, key = _words(row), f"hand-over:{row.pk}"
    asks = row.schedule.confirms_hand_overs
    stays_until = ask_to_confirm(row, now) if asks else None
    for person in _listeners(row):
        is_asked = asks and person.pk in row.incoming
        if is_asked:
            title = f"{row.schedule}: Confirm that you are on call now, after {words.outgoing}"
        elif person.pk in row.incoming:
            title = f"{row.schedule}: You are on call now, after {words.outgoing}"
        elif stays_until is not None:
            until = f"until they confirm, or {spell(stays_until, person.zone)}"
            title = f"{row.schedule}: {words.incoming} takes over, you stay on call {until}"
        else:
            title = f"{row.schedule}: Your shift is over, {words.incoming} has it now"
        notice = _notice(row, title, words, person.zone)
        if is_asked:
            path = confirm_path(row, person.pk, now)
            notice = replace(notice, text=f"{CONFIRM}\n\n{notice.text}", url=path)
        notify([person.pk], notice, key=key, now=now, urgent=is_asked)
    if channel := row.schedule.hand_over_channel_id:
        title = f"{row.schedule}: {words.incoming} on call now, after {words.outgoing}"
        notice = _notice(row, title, words, ZoneInfo(row.schedule.zone))
        notify_channel(channel, notice, key=key, now=now)


def _is_so(row: HandOver) -> bool:
    """Whether those who take over are on call then, as `who` says now."""
    facts = load([row.schedule], row.at, row.at + timedelta(seconds=1))
    present = {place.user for place in who(facts[row.schedule_id], instant_of(row.at))}
    return set(row.incoming) <= present


def _listeners(row: HandOver) -> list[User]:
    """Those of both sides who want to be told; all, where it is to be confirmed."""
    chosen = {one.user_id: one for one in OnCallSettings.objects.filter(user__in=_people(row))}
    default = OnCallSettings()
    found = []
    for person in User.objects.active().filter(pk__in=_people(row)):
        wants = chosen.get(person.pk, default)
        wants_it = wants.tells_starts if person.pk in row.incoming else wants.tells_ends
        if wants_it or row.schedule.confirms_hand_overs:
            found.append(person)
    return found


def _people(row: HandOver) -> list[int]:
    return [*row.outgoing, *row.incoming]


def _words(row: HandOver) -> Words:
    names = names_of(_people(row))
    outgoing, incoming = (
        " + ".join(names[one] for one in side) for side in (row.outgoing, row.incoming)
    )
    count = incidents_of(row).exclude(status=Incident.Status.RESOLVED).count()
    still = f"Open incidents: {count}" if count else "No incident is open"
    return Words(outgoing, incoming, still)


def _notice(row: HandOver, title: str, words: Words, zone: ZoneInfo) -> Notice:
    """With times on the clock of ``zone``."""
    at = f"{words.outgoing} → {words.incoming}, {spell(row.at, zone)}."
    parts = [at, f"{words.still}.", row.note or "There is no hand-over note yet."]
    return Notice(title=title, text="\n\n".join(parts), url=row.get_absolute_url())


def ends_at(row: HandOver) -> datetime:
    """When the shift that begins with it is handed over in turn, as far as that is planned."""
    following = row.schedule.hand_overs.filter(at__gt=row.at).order_by("at").first()
    return following.at if following else row.at + PLANNED_AHEAD


def names_of(people: Iterable[int]) -> dict[int, str]:
    """How these people (ids) are called."""
    ids = list(people)
    found = User.objects.in_bulk(ids)
    return {user: str(found.get(user, "somebody who is gone")) for user in ids}


def services_of(schedule: Schedule) -> Sequence[int]:
    """The ids of the services whose policy tells the schedule, by itself or by its role."""
    told = Q(default_policy__policy__steps__targets__schedule=schedule)
    if schedule.team_id and schedule.role:
        told |= Q(
            default_policy__policy__steps__targets__team=schedule.team_id,
            default_policy__policy__steps__targets__role=schedule.role,
        )
    return list(Service.objects.filter(told).distinct().values_list("pk", flat=True))


def incidents_of(row: HandOver) -> QuerySet[Incident]:
    """The incidents of these services that were open at any time of the shift, and are no test."""
    until = min(row.at, timezone.now())
    found = Incident.objects.filter(service__in=services_of(row.schedule), is_test=False)
    was_open = Q(resolved_at=None) | Q(resolved_at__gte=row.began_at)
    return found.filter(was_open, opened_at__lt=until)
