"""Escalation policies: a delay is how long a level is waited for, and the last one's how long
before the policy starts again."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from integrations.importers.gathering import left_out, remark
from integrations.importers.neutral import Note, Object, Policy, PolicyStep, Target
from integrations.importers.pagerduty.account import Account, document_of, reference, references
from integrations.importers.rows import FieldError, Row

KINDS = {"user": "user", "schedule": "schedule"}
EVERYBODY, ROUND_ROBIN = "assign_to_everyone", "round_robin"
MAX_REPEATS = 50
MAX_DELAY_MINUTES = 10_080
MIN_EXPIRY_MINUTES, MAX_EXPIRY_MINUTES = 5, 4 * 24 * 60
NOBODY = (
    "PagerDuty drops an incident where nobody is on call at any level; here the catch-all is told."
)


def read_policy(account: Account, row: Row) -> Iterator[Object]:
    """A policy. Raises FieldError."""
    id_, notes = row.id(), [remark(NOBODY)]
    rules = row.rows("escalation_rules")
    delays = [rule.between("escalation_delay_in_minutes", 0, MAX_DELAY_MINUTES) for rule in rules]
    waits = [0, *delays[:-1]]
    steps = [
        PolicyStep(wait_s=minutes * 60, targets=_targets(rule, number, notes))
        for number, (rule, minutes) in enumerate(zip(rules, waits, strict=False), start=1)
    ]
    teams = references(row, "teams")
    yield Policy(
        id=id_,
        name=row.text("name") or row.text("summary") or row.id("name"),
        description=row.text("description"),
        team=teams[0] if teams else "",
        steps=tuple(steps),
        repeats=row.between("num_loops", 0, MAX_REPEATS, 0),
        pause_s=delays[-1] * 60 if delays else 300,
        acknowledgement_expires_minutes=agreed_expiry(account, id_),
        document=document_of(row),
        notes=tuple(notes),
    )


def _targets(rule: Row, number: int, notes: list[Note]) -> tuple[Target, ...]:
    found = []
    for target in rule.rows("targets"):
        kind = KINDS.get(target.word("type").removesuffix("_reference"))
        if kind is None:
            what = target.text("type") or "something"
            notes.append(left_out(f"Step {number} tells {what}, which has no counterpart here."))
        else:
            found.append((kind, target.id()))
    strategy = _strategy(rule.get("escalation_rule_assignment_strategy"))
    if strategy == ROUND_ROBIN and len(found) > 1:
        pairs = tuple(found)
        return (Target(kind="round_robin", ids=pairs),)
    if strategy not in (EVERYBODY, ROUND_ROBIN):
        text = f"Step {number} is assigned by {strategy!r}, which is not known: it tells everybody."
        notes.append(left_out(text))
    return tuple(Target(kind=kind, id=id_) for kind, id_ in found)


def _strategy(value: Any) -> str:
    """Told as a text, as an object with a type or a name, or as a list of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("type") or value.get("name")
    text = str(value or EVERYBODY).lower().replace("-", "_").replace(" ", "_")
    return text.removesuffix("_strategy").removesuffix("_assignment")


def expiry_of(service: Row) -> int | None:
    """After how many minutes a service ends an acknowledgement, as near as there is here; None is
    never. Raises FieldError."""
    seconds = service.whole("acknowledgement_timeout", 0)
    minutes = min(max(seconds // 60, MIN_EXPIRY_MINUTES), MAX_EXPIRY_MINUTES)
    return minutes if seconds > 0 else None


def agreed_expiry(account: Account, policy: str) -> int | None:
    """That of all services of a policy where they agree, else None: it is each service's own."""
    found = account.expiries.get(policy, set())
    return next(iter(found)) if len(found) == 1 else None


def expiries_of(services: Iterable[Row]) -> dict[str, set[int | None]]:
    """By policy, what its services say; those that cannot be read say nothing."""
    found: dict[str, set[int | None]] = {}
    for service in services:
        with suppress(FieldError):
            policy = reference(service, "escalation_policy")
            found.setdefault(policy, set()).add(expiry_of(service))
    return found
