"""The last messages of a URL, read by the rules as they are and by those that somebody tries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.backtest.differences import differences
from integrations.backtest.simulate import Effect, Tally, Told, play
from integrations.engine.commands import DEEDS
from integrations.engine.reader import received_of, routing_of, rules_of
from integrations.engine.rekey import Moves, moves
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.events import Action, Event
from integrations.mapping.paths import Scope
from integrations.models import InboundMessage, Integration
from integrations.routing import routing
from integrations.routing.routing import Routing

LIMIT = 200
MOST = 1000
AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class Reading:
    """What one set of rules makes of a message."""

    taker: str = ""
    failure: str = ""
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A message that would go another way."""

    message: InboundMessage
    changes: tuple[str, ...]
    before: Sequence[Effect]
    after: Sequence[Effect]
    failures: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows`` are those that differ, the newest first; ``moves`` what is open at this moment."""

    total: int
    rows: list[Row]
    counts: list[tuple[int, str]]
    before: Tally
    after: Tally
    moves: Moves = field(default_factory=Moves)
    since: datetime | None = None

    @property
    def same(self) -> int:
        return self.total - len(self.rows)

    @property
    def says(self) -> str:
        """The whole in a sentence."""
        if not self.total:
            return "No message has come in yet that it could be tried on."
        counted = [f"of {self.total} messages {self.same} the same"]
        counted += [f"{number} would {what}" for number, what in self.counts]
        text = "; ".join(counted)
        return f"{text[0].upper()}{text[1:]}."


@dataclass(frozen=True, slots=True)
class _Door:
    """One integration of the URL with the rules that are tried."""

    integration: Integration
    rules: mapping.Rules
    routing: Routing


def compare(
    integration: Integration,
    new_rules: dict[str, Any],
    new_routing: dict[str, Any] | None = None,
    limit: int = LIMIT,
) -> Comparison:
    """What these rules would have changed. Nothing is kept; raises RulesError.

    The order of the messages counts, and what had been open before the first of them does not.
    """
    rules = mapping.compile(new_rules)
    tried = routing.compile(new_routing) if new_routing is not None else routing_of(integration)
    now_doors = _doors(integration)
    doors = [
        _Door(integration, rules, tried) if door.integration.pk == integration.pk else door
        for door in now_doors
    ]
    messages = _messages(integration, limit)
    readings = [(_read(message, now_doors), _read(message, doors)) for message in messages]
    now = timezone.now()
    numbers = [message.pk for message in messages]
    old, before = play(zip(numbers, (one.told for one, _ in readings), strict=True), now)
    new, after = play(zip(numbers, (two.told for _, two in readings), strict=True), now)
    rows = []
    for message, (one, two), was, will in zip(messages, readings, old, new, strict=True):
        if changes := differences(was, will, (one.taker, two.taker)):
            failures = (one.failure, two.failure)
            rows.append(Row(message, tuple(changes), was, will, failures))
    counted = Counter(change for row in rows for change in row.changes)
    return Comparison(
        total=len(messages),
        rows=rows[::-1],
        counts=[(number, what) for what, number in counted.most_common()],
        before=before,
        after=after,
        moves=moves(integration, rules),
        since=messages[0].received_at if messages else None,
    )


def _doors(integration: Integration) -> list[_Door]:
    """In the order in which they are asked; one that is disabled is tried as if it were not."""
    own = Integration.objects.filter(pk=integration.pk)
    rows = Integration.objects.beside(own).order_by("sequence", "pk")
    rows = [row for row in rows if row.is_enabled or row.pk == integration.pk]
    return [_Door(row, rules_of(row), routing_of(row)) for row in rows]


def _messages(integration: Integration, limit: int) -> list[InboundMessage]:
    """The last ones, the oldest first: without tests, and without what was never let in."""
    own = Integration.objects.filter(pk=integration.pk)
    beside = Integration.objects.beside(own).values_list("pk", flat=True)
    rows = InboundMessage.objects.filter(
        integration__in=list(beside), is_test=False, replay_of=None, is_body_pruned=False
    )
    rows = rows.exclude(status=InboundMessage.Status.REJECTED).exclude(route__in=list(DEEDS))
    rows = rows.exclude(answer=429).defer("results").order_by("-pk")
    return list(rows[: max(1, min(limit, MOST))])[::-1]


def _read(message: InboundMessage, doors: Sequence[_Door]) -> Reading:
    refusals = []
    try:
        received = received_of(message)
    except UnreadableBody as error:
        return Reading(failure=str(error))
    for door in doors:
        if refusal := door.rules.accepts(received):
            refusals.append(f"{door.integration.name}: {refusal}")
            continue
        name = door.integration.name
        try:
            pairs = door.rules.scoped_events(received)
        except (UnrecognizedPayload, RulesError) as error:
            return Reading(name, str(error))
        at = message.received_at
        return Reading(name, told=tuple(_told(event, scope, door, at) for event, scope in pairs))
    return Reading(failure="; ".join(refusals) or "no enabled integration takes it")


def _told(event: Event, scope: Scope, door: _Door, at: datetime) -> Told:
    integration, tried = door.integration, door.routing
    is_new = event.action == Action.TRIGGER
    override = tried.override(event, scope, at) if is_new else None
    lead = (override.policy_id, override.play_id) if override else ()
    return Told(
        action="" if event.error else str(event.action),
        key=event.key,
        service=integration.service_id,
        at=at,
        subject=event.subject,
        severity=event.severity,
        reason=event.error or event.reason,
        whom=(*lead, *tried.teams(event, scope)) if is_new else (),
        hold=tried.hold(at) if is_new else None,
        group=tried.group(integration.pk, scope, at) if is_new else None,
        expires_at=tried.expires_at(event, at),
    )
