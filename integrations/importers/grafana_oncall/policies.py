"""Escalation chains: steps one after the other, waits between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.importers.gathering import approximate, left_out, remark, without_secrets
from integrations.importers.grafana_oncall.source import Source
from integrations.importers.grafana_oncall.values import duration_s
from integrations.importers.neutral import Note, NoteKind, Object, Policy, PolicyStep, Target
from integrations.importers.rows import Row

REPEATS = 5  # how often OnCall repeats at most
DEFAULT_PAUSE_S = 300
GROUP = "grafana_oncall.group"
HOURS_ZONE = "grafana_oncall.zone_of_hours"
TELL = (
    "notify_persons",
    "notify_person_next_each_time",
    "notify_on_call_from_schedule",
    "notify_team_members",
    "notify_user_group",
)
LEFT_OUT = {
    "notify_whole_channel": "Telling a whole Slack channel: add the shared channel to the step.",
    "trigger_webhook": "Calling a webhook: write it as a workflow.",
    "resolve": "Resolving by itself.",
    "declare_incident": "Declaring an incident in Grafana Incident.",
}


@dataclass(slots=True)
class Chain:
    """What of a chain was read so far; ``wait_s`` since the last step that tells anybody."""

    source: Source
    steps: list[PolicyStep] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    conditions: tuple[dict[str, Any], ...] = ()
    wait_s: int = 0
    repeats: int = 0


def read_chain(source: Source, row: Row) -> Iterator[Object]:
    """A policy. Raises FieldError."""
    id_, chain = row.id(), Chain(source)
    rows = source.lists.of("steps", "escalation_chain_id").get(id_, [])
    for step in sorted(rows, key=lambda one: one.whole("position", 0)):
        if chain.repeats:
            chain.notes.append(left_out("Steps after the repetition are never reached."))
            break
        _take(chain, step)
    steps = tuple(chain.steps)
    if len(importances_of(source, id_)) > 1:
        text = "Important steps use other rules of people there; here the urgency decides."
        chain.notes.append(approximate(text))
    yield Policy(
        id=id_,
        name=row.id("name"),
        team=row.text("team_id"),
        steps=steps,
        repeats=chain.repeats,
        pause_s=chain.wait_s if chain.repeats else DEFAULT_PAUSE_S,
        document={**without_secrets(row.fields), "steps": [one.fields for one in rows]},
        notes=tuple(dict.fromkeys(chain.notes)),
    )


def importances_of(source: Source, chain: str) -> set[bool]:
    """Whether the steps of a chain that tell anybody are important. Raises FieldError."""
    rows = source.lists.of("steps", "escalation_chain_id").get(chain, [])
    return {step.flag("important") for step in rows if step.word("type") in TELL}


def _take(chain: Chain, row: Row) -> None:
    kind = row.word("type")
    if kind == "wait":
        chain.wait_s += duration_s(row) if row.has("duration") else 60
    elif kind == "repeat_escalation":
        chain.repeats = REPEATS
    elif kind in ("notify_if_time_from_to", "notify_if_num_alerts_in_window"):
        chain.conditions += tuple(_conditions(chain, row, kind))
    elif kind in LEFT_OUT:
        chain.notes.append(left_out(LEFT_OUT[kind]))
    elif kind not in TELL:
        chain.notes.append(left_out(f"A step {kind!r} is not known, and is left out."))
    elif targets := _targets_of(chain.source, row, chain.notes):
        chain.steps.append(
            PolicyStep(wait_s=chain.wait_s, targets=targets, conditions=chain.conditions)
        )
        chain.wait_s = 0


def _targets_of(source: Source, row: Row, notes: list[Note]) -> tuple[Target, ...]:
    """Whom a step tells; () for one that tells nobody. Raises FieldError."""
    match row.word("type"):
        case "notify_persons":
            return tuple(Target(kind="user", id=one) for one in row.texts("persons_to_notify"))
        case "notify_person_next_each_time":
            people = row.texts("persons_to_notify_next_each_time")
            names = {one.text("id"): one.text("username") for one in source.lists.rows("users")}
            people = sorted(people, key=lambda one: names.get(one, one))
            return (Target(kind="round_robin", ids=tuple(("user", one) for one in people)),)
        case "notify_on_call_from_schedule":
            return (Target(kind="schedule", id=row.id("notify_on_call_from_schedule")),)
        case "notify_team_members":
            return (Target(kind="team", id=row.id("team_to_notify")),)
        case "notify_user_group":
            return _group(source, row, notes)
    return ()


def _group(source: Source, row: Row, notes: list[Note]) -> tuple[Target, ...]:
    """A user group of Slack, whose people are not known: somebody has to say which team it is."""
    group = row.text("group_to_notify")
    teams = [(one.id(), one.text("name")) for one in source.lists.rows("teams") if one.has("id")]
    options = [("leave", "Leave the step out")]
    options += [(f"team:{id_}", f"Tell the team {name}") for id_, name in teams]
    choice = f"{GROUP}.{group}"
    text = f"A step tells the Slack user group {group}."
    notes.append(Note(NoteKind.NEEDS_CHOICE, text, choice, tuple(options)))
    kind, _, id_ = source.choices.get(choice, "").partition(":")
    return (Target(kind="team", id=id_),) if kind == "team" and id_ else ()


def _conditions(chain: Chain, row: Row, kind: str) -> Iterator[dict[str, Any]]:
    """What has to hold for all steps after it."""
    if kind == "notify_if_num_alerts_in_window":
        least = row.between("num_alerts_in_window", 0, 100_000, 1) + 1
        minutes = row.whole("num_minutes_in_window", 0)
        chain.notes.append(
            approximate(f"{least} alerts within {minutes} minutes: here within any time.")
        )
        yield {"field": "alerts", "operator": "at_least", "value": str(least)}
        return
    start, end = _time(row, "notify_if_time_from"), _time(row, "notify_if_time_to")
    zones = sorted({str(one.get("time_zone")) for one in chain.source.lists.rows("schedules")})
    options = [("UTC", "UTC, as there"), *((zone, zone) for zone in zones if "/" in zone)]
    text = f"From {start} to {end} UTC it goes on, at other times it waits: choose a time zone."
    note = Note(NoteKind.NEEDS_CHOICE, text, HOURS_ZONE, tuple(options), has_default=True)
    chain.notes += [note, remark("The hours stay what they are in the zone that is chosen.")]
    zone = chain.source.choices.get(HOURS_ZONE) or "UTC"
    hours = f"mon-sun {start}-{end} {zone}"
    yield {"field": "hours", "operator": "within", "value": hours, "waits": True}


def _time(row: Row, name: str) -> str:
    match = re.match(r"([01]\d|2[0-3]):[0-5]\d", row.id(name))
    if match is None:
        raise row.error(name, "no time of a day such as 09:00:00Z")
    return match[0]
