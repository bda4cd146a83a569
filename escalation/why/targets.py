"""Whom each target of a step means at an instant, and why that is not the person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from escalation.choices import TargetKind
from escalation.models import Absence, Schedule
from escalation.on_call.schedule_explanations import said_by
from escalation.plans.plan import Plan, PlanTarget
from escalation.policies.directory import SAID, Directory
from escalation.why.on_call import why_on_call
from escalation.why.question import Question
from incidents.models import TeamRole, User
from notifications.models import SharedChannel


@dataclass(frozen=True, slots=True)
class Moment:
    """A step at the instant of the directory. ``said``: what the timeline wrote of it then."""

    asked: Question
    plan: Plan
    directory: Directory
    said: str = ""

    @property
    def person(self) -> User:
        """Of whom it is asked."""
        return self.asked.person


def meanings(moment: Moment, position: int, *, is_first: bool) -> Iterator[str]:
    """A sentence of each target of a step; the first step of a run tells the recipients too."""
    for target in moment.plan.steps[position].targets:
        yield MEANINGS[target.kind](target, moment)
    if is_first:
        yield from _recipients(moment)


def _recipients(moment: Moment) -> Iterator[str]:
    if moment.plan.users:
        yield f"{_names(moment.plan.users)}, recipients of the integration"
    for team in moment.plan.teams:
        said = _role_of_team(team, TeamRole.PRIMARY, moment)
        yield f"recipient group of the integration: {said}"


def _user(target: PlanTarget, moment: Moment) -> str:
    return _names([target.id or 0]) or "somebody who is gone"


def _shared_channel(target: PlanTarget, moment: Moment) -> str:
    row = SharedChannel.objects.filter(pk=target.id or 0).first()
    is_private = moment.asked.incident.is_private
    hides = ", which is not told the title of a private incident" if is_private else ""
    return f"the shared channel {row}{hides}" if row else "a shared channel that is gone"


def _on_call(schedule: int, role: str, moment: Moment) -> str:
    row = Schedule.objects.filter(pk=schedule).first()
    if row is None:
        return "whoever is on call in a schedule that is gone"
    answer = why_on_call(row, moment.person, moment.directory.at, moment.asked.reader.zone)
    if answer.is_yes and role:
        return f"the {role} on call in {row}, which {moment.person} was not"
    return f"whoever is on call in {row}; {answer.text.rstrip('.')}"


def _schedule(target: PlanTarget, moment: Moment) -> str:
    return _on_call(target.id or 0, target.role, moment)


def _beside(target: PlanTarget, moment: Moment) -> str:
    """Whoever is on call next, or was before: others than those who are on call."""
    directory, number = moment.directory, target.id or 0
    row = Schedule.objects.filter(pk=number).first()
    if row is None:
        return f"whoever is {SAID[target.kind]} in a schedule that is gone"
    people = [user for user, _ in directory.people(target, moment.plan)]
    role = f"{target.role} " if target.role else ""
    text = f"{_names(people) or 'nobody'}, {role}{SAID[target.kind]} in {row}"
    if any(place.user == moment.person.pk for place in directory.places(number)):
        return f"{text}, where {moment.person} was on call at that time"
    if target.kind == TargetKind.SCHEDULE_PREVIOUS:
        return text
    answer = why_on_call(row, moment.person, directory.at, moment.asked.reader.zone)
    return f"{text}; {answer.reasons[-1].text.rstrip('.')}"


def _round_robin(target: PlanTarget, moment: Moment) -> str:
    """Whose turn it was, as the timeline says it: the turns go on, and are kept nowhere else."""
    ring = moment.directory.rings.get(target.id or 0)
    if ring is None:
        return "a round robin that is gone"
    name = f"round robin {ring.name}"
    _, is_said, rest = moment.said.partition(f"{name}: ")
    text = f"{name}: {rest.partition('; ')[0]}" if is_said else f"nobody of {name}"
    code = f"user:{moment.person.pk}"
    if code not in ring.entries:
        return f"{text}; {moment.person} has no place of their own in it"
    if moment.directory.can_be_asked(code):
        return f"{text}; it was not the turn of {moment.person}"
    first = ", and is asked first afterwards" if code in ring.skipped else ""
    return f"{text}; {moment.person} {_could_not_be_asked(moment)}{first}"


def _could_not_be_asked(moment: Moment) -> str:
    at, zone = moment.directory.at, moment.asked.reader.zone
    rows = Absence.objects.live_between(at, at + timedelta(seconds=1)).filter(user=moment.person)
    row = rows.select_related("made_by").first()
    if row is None:
        return "could not be asked"
    said = said_by(row.made_by, row.made_at, zone)
    return f"was away until {moment.asked.spell(row.ends_at)} (entered{said})"


def _team(target: PlanTarget, moment: Moment) -> str:
    teams = moment.directory.with_subteams(target.id or 0)
    return f"everybody of {_teams(teams, moment)}, which {moment.person} is not"


def _team_role(target: PlanTarget, moment: Moment) -> str:
    return _role_of_team(target.id or 0, target.role, moment)


def _role_of_team(team: int, role: str, moment: Moment) -> str:
    """A role of a team and of those within it; each by its own schedule where it has one."""
    teams = moment.directory.answering(team, role)
    members = [inner for inner, schedule in teams if not schedule]
    found = [_on_call(schedule, "", moment) for _, schedule in teams if schedule]
    if members:
        found.insert(0, f"{role} of {_teams(members, moment)}, which {moment.person} is not")
    return "; ".join(found)


def _teams(teams: Sequence[int], moment: Moment) -> str:
    """Such as ``Payments, and of Cards, Wires within it``."""
    names = [moment.directory.names.get(one, "a team that is gone") for one in teams]
    return f"{names[0]}, and of {', '.join(names[1:])} within it" if names[1:] else names[0]


def _recipient_teams(target: PlanTarget, moment: Moment) -> str:
    if not moment.plan.teams:
        return "the recipient teams of the integration, which names none"
    found = (_role_of_team(team, target.role, moment) for team in moment.plan.teams)
    return f"of the recipient teams: {'; '.join(found)}"


def _names(people: Iterable[int]) -> str:
    wanted = list(people)
    rows = User.objects.in_bulk(wanted)
    return " and ".join(str(rows[one]) for one in dict.fromkeys(wanted) if one in rows)


MEANINGS: dict[TargetKind, Callable[[PlanTarget, Moment], str]] = {
    TargetKind.USER: _user,
    TargetKind.TEAM: _team,
    TargetKind.TEAM_ROLE: _team_role,
    TargetKind.RECIPIENT_TEAMS: _recipient_teams,
    TargetKind.SCHEDULE: _schedule,
    TargetKind.SCHEDULE_NEXT: _beside,
    TargetKind.SCHEDULE_PREVIOUS: _beside,
    TargetKind.ROUND_ROBIN: _round_robin,
    TargetKind.SHARED_CHANNEL: _shared_channel,
}
