"""Escalations become policies: their rules in order of delay, equal delays in one step."""

from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Any

from integrations.importers.neutral import (
    Note,
    NoteKind,
    Object,
    Policy,
    PolicyStep,
    Target,
)
from integrations.importers.opsgenie.files import Backup, Row, inner, public
from integrations.importers.opsgenie.values import seconds, word

DELAYS = "opsgenie.delays"
CREATION, PREVIOUS = "creation", "previous"
ON_CALL = {"default": "schedule", "next": "schedule_next", "previous": "schedule_previous"}
MAX_REPEATS = 20


def policy_of(backup: Backup, row: Row) -> list[Object]:
    """A policy. Raises ValueError, KeyError or TypeError for what is none."""
    escalation = inner(row, "escalation")
    rules, notes = list(escalation.get("rules") or ()), list[Note]()
    times = _times(backup, rules, notes)
    timed = sorted(zip(times, range(len(rules)), strict=True))
    steps: list[PolicyStep] = []
    before = 0
    for time, group in groupby(timed, key=lambda pair: pair[0]):
        numbers = [number for _, number in group]
        targets = [one for number in numbers for one in _targets(backup, rules[number], notes)]
        _note_conditions([rules[number] for number in numbers], len(steps) + 1, notes)
        if targets:
            targets = list(dict.fromkeys(targets))
            steps.append(PolicyStep(wait_s=time - before, targets=tuple(targets)))
            before = time
    repeat = escalation.get("repeat") or {}
    if repeat.get("closeAlertAfterAll"):
        text = "Opsgenie closes the alert after the last round; here it stays open."
        notes.append(Note(NoteKind.NOT_TAKEN, text))
    count = int(repeat.get("count") or 0)
    policy: Object = Policy(
        id=str(escalation["id"]),
        name=str(escalation["name"]),
        description=str(escalation.get("description") or ""),
        team=str((escalation.get("ownerTeam") or {}).get("id") or ""),
        steps=tuple(steps),
        repeats=min(count, MAX_REPEATS),
        pause_s=seconds(repeat.get("waitInterval") or 5),
        document=public(escalation),
        notes=tuple(dict.fromkeys(notes)),
    )
    return [policy]


def on_call_policy(schedule: str, name: str, team: str) -> Policy:
    """For a team whose alerts go to a schedule: whoever is on call there is told."""
    step = PolicyStep(wait_s=0, targets=(Target(kind="schedule", id=schedule),))
    text = "The team’s alerts go to a schedule; here a policy tells it."
    return Policy(
        id=f"schedule:{schedule}",
        name=f"{name} on call",
        team=team,
        steps=(step,),
        notes=(Note(NoteKind.REMARK, text),),
    )


def _times(backup: Backup, rules: Sequence[Row], notes: list[Note]) -> list[int]:
    """Seconds from the start at which each rule is due, by the reading that is chosen."""
    delays = [seconds(rule.get("delay")) for rule in rules]
    added = list(accumulate(delays))
    if delays == added:
        return delays
    rises = delays == sorted(delays)
    readings = (
        (CREATION, f"From the creation of the alert: at {_spell(sorted(delays))} min."),
        (PREVIOUS, f"Each after the one before: at {_spell(added)} min."),
    )
    options = readings if rises else readings[::-1]
    text = "What a delay counts from is not said in the export."
    notes.append(Note(NoteKind.APPROXIMATE, text, DELAYS, options, has_default=True))
    chosen = backup.choices.get(DELAYS) or options[0][0]
    return added if chosen == PREVIOUS else delays


def _spell(times: Sequence[int]) -> str:
    return ", ".join(f"{time / 60:g}" for time in times)


def _note_conditions(rules: Sequence[Row], step: int, notes: list[Note]) -> None:
    if any(word(rule.get("condition")) == "if-not-closed" for rule in rules):
        text = (
            f"Step {step} is taken in Opsgenie also after somebody acknowledged (if-not-closed); "
            "here acknowledging stops the policy."
        )
        notes.append(Note(NoteKind.APPROXIMATE, text))


def _targets(backup: Backup, rule: Row, notes: list[Note]) -> list[Target]:
    told = rule.get("recipient") or {}
    kind, how = word(told.get("type")), word(rule.get("notifyType") or "default")
    if kind == "user":
        return [Target(kind="user", id=backup.person(told))]
    if kind == "schedule" and how in ON_CALL:
        return [Target(kind=ON_CALL[how], id=str(told["id"]))]
    if kind == "team":
        return _of_team(backup, str(told["id"]), how, notes)
    text = f"A rule that tells {kind or 'nobody'} ({how}) has no counterpart."
    notes.append(Note(NoteKind.NOT_TAKEN, text))
    return []


def _of_team(backup: Backup, team: str, how: str, notes: list[Note]) -> list[Target]:
    if how == "all":
        return [Target(kind="team", id=team)]
    if how in ("users", "admins"):
        text = f"Only the {how} of a team are told: those of now, by name."
        notes.append(Note(NoteKind.APPROXIMATE, text))
        members = _members(backup, team, "user" if how == "users" else "admin")
        return [Target(kind="user", id=person) for person in members]
    if how == "random":
        text = "One of the team by chance is told; here they take turns."
        notes.append(Note(NoteKind.APPROXIMATE, text))
        members = _members(backup, team, "")
        return [Target(kind="round_robin", ids=tuple(("user", person) for person in members))]
    text = "The team’s own routing is told; here it is everybody in it."
    notes.append(Note(NoteKind.APPROXIMATE, text))
    return [Target(kind="team", id=team)]


def _members(backup: Backup, team: str, role: str) -> list[str]:
    """The ids of a team's members with a role; '' is any."""
    found: list[Any] = []
    for _, row in backup.rows.get("teams", ()):
        if str(inner(row, "team").get("id")) == team:
            found = inner(row, "team").get("members") or []
    return [backup.person(one.get("user")) for one in found if role in ("", word(one.get("role")))]
