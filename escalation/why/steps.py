"""What the steps of the runs of an incident meant: those that were taken, and those that were not.

Whom a step means is asked of `Directory`, as the runs do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from escalation.actions.steps import is_stopped
from escalation.actions.turns import entries_of
from escalation.choices import TargetKind
from escalation.models import Run, Schedule
from escalation.plans.plan import Plan, UnsupportedPlan
from escalation.policies.directory import Directory
from escalation.why.beginning import not_begun
from escalation.why.messages import unreachable
from escalation.why.question import Question
from escalation.why.reasons import Reason, sentence
from escalation.why.targets import Moment, meanings
from incidents import acknowledgement_rules
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry, User
from incidents.models.timeline import ACKNOWLEDGING

TAKEN = (TimelineVerb.PAGED, TimelineVerb.NO_RECIPIENT)
STOPPING = {
    TimelineVerb.ACKNOWLEDGED: "acknowledged it",
    TimelineVerb.ASSIGNED: "assigned it",
    TimelineVerb.SNOOZED: "put it on hold",
    TimelineVerb.RESOLVED: "resolved it",
}
MAX_STEPS = 40  # Steps that were taken, of which each is explained; the latest.


@dataclass(frozen=True)
class KnownRun:
    """A run, its plan, the lines of the steps that it took, those that say last why one was
    skipped, by its position, and whom it knew, from its beginning until now."""

    run: Run
    plan: Plan
    lines: Sequence[TimelineEntry]
    skipped: Mapping[int, TimelineEntry]
    directory: Directory

    def moment(self, at: datetime, asked: Question, said: str = "") -> Moment:
        """Its people and schedules at an instant."""
        return Moment(asked, self.plan, self.directory.as_known(at), said)

    def people(self, position: int, at: datetime, repeat: int) -> set[int]:
        """The ids of those whom a step means at an instant, in this repeat."""
        is_first = position == 0 and not repeat
        directory, turns = self.directory.as_known(at), entries_of(self.run)
        return set(directory.step_people(self.plan, position, is_first=is_first, turns=turns))


def known_runs(incident: Incident) -> list[KnownRun]:
    """The runs of the incident of which the plan can be read."""
    found, now = [], timezone.now()
    for run in incident.runs.order_by("paging_round"):
        try:
            plan = run.plan
        except UnsupportedPlan:
            continue
        lines = _lines(incident, run)
        begin = min([run.started_at, *(line.at for line in lines)])
        skipped = _skipped(incident, run)
        found.append(KnownRun(run, plan, lines, skipped, Directory([plan], begin, now)))
    return found


def _lines(incident: Incident, run: Run) -> list[TimelineEntry]:
    rows = incident.timeline.filter(verb__in=TAKEN, facts__run=run.pk, facts__retry=0)
    return list(reversed(rows.order_by("-at", "-pk")[:MAX_STEPS]))


def _skipped(incident: Incident, run: Run) -> dict[int, TimelineEntry]:
    """→ {position: the latest line that says why the step was passed over}."""
    rows = incident.timeline.filter(verb=TimelineVerb.STEP_SKIPPED, facts__run=run.pk)
    return {int(line.facts["step"]) - 1: line for line in rows.order_by("at", "pk")}


def steps_taken(known: Sequence[KnownRun], asked: Question) -> Iterator[Reason]:
    """Of each step that was taken and did not mean the person, why."""
    for one in known:
        if not may_mean(one, asked.person):
            name = one.plan.name or "the recipients"
            yield Reason(sentence(f"no step of {name} names {asked.person}"), one.run.started_at)
        for line in one.lines:
            yield from _taken(line, one, asked)


def may_mean(one: KnownRun, person: User) -> bool:
    """Whether a step of the run may ever mean the person, as teams and schedules stand."""
    directory = one.directory
    targets = [target for step in one.plan.steps for target in step.targets]
    named = {t.id for t in targets if t.kind == TargetKind.USER} | {*one.plan.users}
    if person.pk in named | directory.everybody():
        return True
    # Whoever is switched off is in no directory, and named all the same.
    if any(f"user:{person.pk}" in ring.entries for ring in directory.rings.values()):
        return True
    if person.memberships.filter(team__in=directory.names).exists():
        return True
    rows = Schedule.objects.filter(pk__in=directory.schedules, members__user=person)
    return rows.exists()


def _taken(line: TimelineEntry, one: KnownRun, asked: Question) -> Iterator[Reason]:
    position, person = int(line.facts["step"]) - 1, asked.person
    when, step = asked.spell(line.at), f"step {position + 1}"
    if person.pk in line.facts.get("users", ()):
        return
    if person.pk in line.facts.get("unreachable", ()):
        name = step if position < len(one.plan.steps) else "the catch-all"
        said = f"{name} named {person} {when}, and {unreachable(person)}"
        yield Reason(sentence(said), line.at)
    elif position < len(one.plan.steps):
        before, repeat = _acknowledgement(line, one, asked), line.facts.get("repeat", 0)
        if before and person.pk in one.people(position, line.at, repeat):
            said = f"{step} left {person} out {when}, who had acknowledged it"
            text = f"{said} {asked.spell(before.at)}, as {before.text} who have to"
            yield Reason(sentence(text), line.at)
            return
        moment = one.moment(line.at, asked, line.text)
        is_first = position == 0 and not repeat
        meant = "; ".join(meanings(moment, position, is_first=is_first)) or "nobody"
        said = f"{step} did not mean {person} {when}. It told: {meant}"
        yield Reason(sentence(said), line.at)
    else:
        yield Reason(sentence(f"the catch-all, {when}, does not name {person}"), line.at)


def _acknowledgement(line: TimelineEntry, one: KnownRun, asked: Question) -> TimelineEntry | None:
    """That the person had acknowledged already where several have to."""
    rows = asked.incident.timeline.filter(
        verb=TimelineVerb.ACKNOWLEDGED_IN_PART, by=asked.person, at__gte=one.run.started_at
    )
    return rows.filter(pk__lt=line.pk).last()


def steps_left(known: Sequence[KnownRun], asked: Question) -> Iterator[Reason]:
    """Of each run the first step that would mean the person, and was not taken; where there is
    none, those that were skipped."""
    for one in known:
        taken = {int(line.facts["step"]) - 1 for line in one.lines}
        left = [place for place in range(len(one.plan.steps)) if place not in taken]
        yield from next(
            (found for place in left if (found := _left(place, one, asked))),
            [reason for place in left for reason in _passed_over(place, one, asked)],
        )


def _left(position: int, one: KnownRun, asked: Question) -> list[Reason]:
    """Why a step that means the person was not taken; [] where it does not mean them."""
    skipped = one.skipped.get(position)
    at = skipped.at if skipped else timezone.now()
    repeat = skipped.facts.get("repeat", 0) if skipped else one.run.repeat
    if asked.person.pk not in one.people(position, at, repeat):
        return []
    said = f"step {position + 1} names {asked.person}, and"
    if skipped:
        return [Reason(sentence(f"{said} {_how(skipped, position, asked)}"), skipped.at)]
    why = _stopped(one.run, asked)
    return [Reason(sentence(f"{said} was not taken: {why.text}"), why.at)]


def _passed_over(position: int, one: KnownRun, asked: Question) -> Iterator[Reason]:
    """Of a skipped step that would not have meant the person, why that is so."""
    skipped = one.skipped.get(position)
    if skipped and may_mean(one, asked.person):
        is_first = position == 0 and not skipped.facts.get("repeat")
        moment = one.moment(skipped.at, asked)
        meant = "; ".join(meanings(moment, position, is_first=is_first)) or "nobody"
        said = f"step {position + 1} {_how(skipped, position, asked)}. It would not have meant"
        yield Reason(sentence(f"{said} {asked.person}, but: {meant}"), skipped.at)


def _how(skipped: TimelineEntry, position: int, asked: Question) -> str:
    """That it was skipped, or waits for its hours and until when, why, and since when."""
    text = skipped.text.removeprefix(f"Step {position + 1} ")
    until = skipped.facts.get("until")
    opens = f", until {asked.spell(datetime.fromisoformat(until))}" if until else ""
    return f"{text}{opens} ({asked.spell(skipped.at)})"


def _is_over(run: Run, incident: Incident) -> bool:
    """Whether a person, or the sender, has ended the paging of the run."""
    if incident.is_resolved or incident.status == Incident.Status.ON_HOLD:
        return True
    return run.paging_round != incident.paging_round or is_stopped(run)


def _stopped(run: Run, asked: Question) -> Reason:
    """Why the next step of a run is not taken."""
    incident = asked.incident
    if incident.suppressed_reason:
        return not_begun(asked)
    stopping = ACKNOWLEDGING | Q(verb__in=[TimelineVerb.SNOOZED, TimelineVerb.RESOLVED])
    rows = incident.timeline.filter(stopping, at__gte=run.started_at)
    line = rows.select_related("by").order_by("-at", "-pk").first()
    if line is not None and _is_over(run, incident):
        what = f"{line.by or 'the sender'} {STOPPING[TimelineVerb(line.verb)]}"
        return Reason(f"{what} {asked.spell(line.at)}", line.at)
    if run.next_step_at:
        text = f"the next step is due {asked.spell(run.next_step_at)}{_given(incident)}"
        return Reason(text, run.next_step_at)
    return Reason(run.outcome or "all that came before had ended", run.finished_at)


def _given(incident: Incident) -> str:
    """Who has acknowledged where that does not stop it yet."""
    count = acknowledgement_rules.count(incident)
    return f", as {count} ({' and '.join(count.names)})" if count and count.names else ""
