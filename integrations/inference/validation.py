"""Dry run of inferred rules: whether the two examples open and close one alert."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.errors import RulesError, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.events import Action, Event
from integrations.mapping.rules import Received

Problems = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """``problems`` are (field, what is missing): where there are none, the rules may be saved."""

    problems: Problems = ()
    warnings: tuple[str, ...] = ()
    firing: list[dict[str, Any]] = field(default_factory=list)
    resolved: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0

    @property
    def is_good(self) -> bool:
        return not self.problems


def validate(rules: dict[str, Any], firing: Any, resolved: Any) -> ValidationResult:
    """Read both by these rules, in this order, and see whether an alert opens and closes."""
    try:
        compiled = mapping.compile(rules)
    except RulesError as error:
        return ValidationResult(tuple((_field_of(where), what) for where, what in error.problems))
    explained = []
    for name, body in (("firing", firing), ("resolved", resolved)):
        # What closes the alert of the first passes the filters, whatever they say to it.
        refusal = compiled.filter_refusal(Received(body)) if name == "firing" else None
        if refusal:
            return ValidationResult((("filters", f"The {name} message is {refusal}."),))
        try:
            explained.append(compiled.explain(Received(body)))
        except UnrecognizedPayload as error:
            return ValidationResult(
                ((_blamed(rules), f"The {name} message is not read: {error}."),)
            )
    first, second = _events(rules, firing), _events(rules, resolved)
    problems = (*_openings(first), *_closings(second))
    before = _open(first, set())
    closed = before - _open(second, before)
    if not problems and not closed:
        problems = (("key", _differ(first, second)),)
    return ValidationResult(problems, _warn(first), explained[0], explained[1], len(closed))


def _events(rules: dict[str, Any], body: Any) -> list[Event]:
    """With the key and the subject as they were found: an event alone does not tell a subject
    from the one that is made up for want of any."""
    fields = rules.get("fields", {})
    shown = {name: fields[rule] for name, rule in _SHOWN.items() if fields.get(rule)}
    probe = mapping.compile({**rules, "fields": {**fields, "custom_fields": shown}})
    return probe.events(Received(body))


_SHOWN = {"key": "source_id", "subject": "subject"}


def _openings(events: Sequence[Event]) -> Problems:
    opening = [event for event in events if event.action == Action.TRIGGER]
    if not opening:
        return (("status", f"The first message opens nothing: {_reason(events)}."),)
    problems = []
    if any("key" not in event.custom_fields for event in opening):
        problems.append(("key", "The key is empty in the first message."))
    if any("subject" not in event.custom_fields for event in opening):
        problems.append(("subject", "The title is empty in the first message."))
    return tuple(problems)


def _closings(events: Sequence[Event]) -> Problems:
    closing = [event for event in events if event.action == Action.RESOLVE]
    if not closing:
        return (("status", f"The second message closes nothing: {_reason(events)}."),)
    if any("key" not in event.custom_fields for event in closing):
        return (("key", "The key is empty in the second message."),)
    return ()


def _open(events: Sequence[Event], already: set[str]) -> set[str]:
    """The keys that are open after these events."""
    found = set(already)
    for event in events:
        if event.action == Action.TRIGGER:
            found.add(event.key)
        elif event.action == Action.RESOLVE:
            found.discard(event.key)
    return found


def _differ(first: Sequence[Event], second: Sequence[Event]) -> str:
    here = next((e for e in first if e.action == Action.TRIGGER), None)
    there = next((e for e in second if e.action == Action.RESOLVE), None)
    one, two = (event.custom_fields.get("key", "") if event else "" for event in (here, there))
    if one == two:
        return "The first message closes what it opens."
    return f"The second closes another alert than the first opens: “{one}” and “{two}”."


def _reason(events: Sequence[Event]) -> str:
    return (events[0].error or events[0].reason).rstrip(".") if events else "it holds no alerts"


def _warn(events: Sequence[Event]) -> tuple[str, ...]:
    keys = [event.key for event in events if event.action == Action.TRIGGER]
    if len(set(keys)) == len(keys):
        return ()
    return ("Several alerts of the first message have the same key, and become one alert.",)


def _field_of(where: str) -> str:
    """The choice that a place in the rules was made of."""
    name = where.split(".")[1] if where.startswith("fields.") else where.partition("[")[0]
    made_of = {"source_id": "key", "requires": "key", "close_when": "status", "open_when": "status"}
    return made_of.get(name.partition(".")[0], name)


def _blamed(rules: dict[str, Any]) -> str:
    return "each" if rules.get("each") else "key"
