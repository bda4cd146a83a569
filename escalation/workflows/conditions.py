"""Whether the conditions of a workflow hold for an incident."""

from collections.abc import Callable, Iterable
from datetime import datetime

from escalation.choices import ConditionField, ConditionOperator
from escalation.models import Condition
from escalation.workflows.subjects import FIELD_TRIGGERS, NOTHING, Subject
from incidents.choices import Severity
from incidents.models import Incident

Field, Operator = ConditionField, ConditionOperator


def hold(
    conditions: Iterable[Condition],
    incident: Incident,
    now: datetime,
    *,
    every: bool,
    subject: Subject = NOTHING,
) -> bool:
    """Whether all of them hold, or (not ``every``) any of them. None at all always hold."""
    rows = list(conditions)
    results = (holds(condition, incident, now, subject) for condition in rows)
    return not rows or (all(results) if every else any(results))


def holds(
    condition: Condition, incident: Incident, now: datetime, subject: Subject = NOTHING
) -> bool:
    """Whether one condition holds for the incident as it is, and for what it is looked at with."""
    field = Field(condition.field)
    if field in FIELD_TRIGGERS:
        found = {subject.get(field, "").lower()}
    else:
        found = _found(field, incident, now)
    wanted = [word.strip().lower() for word in condition.value.split(",")]
    match Operator(condition.operator):
        case Operator.IS:
            return bool(found & set(wanted))
        case Operator.IS_NOT:
            return not found & set(wanted)
        case Operator.CONTAINS:
            return any(word and word in text for word in wanted for text in found)
        case Operator.AT_LEAST:
            return _compare(condition.field, found, wanted[0]) >= 0
        case Operator.AT_MOST:
            return _compare(condition.field, found, wanted[0]) <= 0


def _found(field: ConditionField, incident: Incident, now: datetime) -> set[str]:
    """The words by which a condition may name what the incident has; "" for nothing."""
    if field == Field.MINUTES:
        return {str(int((now - incident.opened_at).total_seconds() // 60))}
    if field in FOUND:
        return FOUND[field](incident)
    return {str(getattr(incident, field.value)).lower()}


def _team(incident: Incident) -> set[str]:
    team = incident.service.team
    return _named(team.pk if team else None, team.name if team else "")


def _topics(incident: Incident) -> set[str]:
    rows = incident.topics.values_list("pk", "name")
    return {word for row in rows for word in _named(*row)} or {""}


def _named(number: int | None, name: str) -> set[str]:
    return {str(number), name.lower()} if number else {""}


FOUND: dict[ConditionField, Callable[[Incident], set[str]]] = {
    Field.OWNER: lambda one: _named(one.assignee_id, str(one.assignee or "")),
    Field.SERVICE: lambda one: _named(one.service_id, one.service.name),
    Field.TEAM: _team,
    Field.TOPIC: _topics,
    Field.TAG: lambda one: {tag.lower() for tag in one.tags} or {""},
    Field.ALERTS: lambda one: {str(one.alerts.count())},
}


def _compare(field: str, found: set[str], wanted: str) -> float:
    """Above 0 where what was found is more than what is wanted: worse, more urgent, greater.

    Not a number where they cannot be compared, for which no comparison holds.
    """
    first, second = _rank(field, next(iter(found))), _rank(field, wanted)
    return float("nan") if first is None or second is None else first - second


def _rank(field: str, word: str) -> float | None:
    if field in (Field.SEVERITY, Field.ALERT_SEVERITY):
        return -Severity(word).rank if word in Severity.values else None
    if field == Field.PRIORITY and word[:1] == "p" and word[1:].isdecimal():
        return -int(word[1:])
    return float(word) if word.isascii() and word.isdecimal() else None
