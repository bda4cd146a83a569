"""Back-test: the last messages of a URL by the rules as they are, and by rules that are tried."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.backtest.differences import differences
from integrations.backtest.simulate import Effect, SimulatedEvent, Simulation, Tally
from integrations.engine.commands import COMMAND_HANDLERS
from integrations.engine.filtered_ends import EndFinder, may_be_of_another, read_candidates
from integrations.engine.opening import received_of, rules_of
from integrations.engine.pipeline import routing_of
from integrations.engine.rekey_alerts import KeyChanges, key_changes
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.events import Action, Event
from integrations.mapping.paths import Scope
from integrations.models import InboundMessage, Integration
from integrations.routing import routing
from integrations.routing.routing import Routing

DEFAULT_LIMIT = 200  # messages
MAX_MESSAGES = 1000


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one set of rules makes of a message. ``integration``: the name of the one that accepts
    it; ``failure``: why there are no events."""

    integration: str = ""
    failure: str = ""
    events: tuple[SimulatedEvent, ...] = ()


@dataclass(slots=True)
class Row:
    """A message under both sets of rules: as they are, and as they are tried."""

    message: InboundMessage
    result_before: RuleResult
    result_after: RuleResult
    before: Sequence[Effect] = ()
    after: Sequence[Effect] = ()

    @property
    def changes(self) -> list[str]:
        """What is different; [] where the message goes the same way."""
        integrations = (self.result_before.integration, self.result_after.integration)
        return differences(self.before, self.after, integrations)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows`` are the messages that differ, the newest first; ``key_changes`` are of the alerts
    that are open now; ``counts``: how many messages have which change."""

    total: int
    rows: list[Row]
    counts: list[tuple[int, str]]
    before: Tally
    after: Tally
    key_changes: KeyChanges = field(default_factory=KeyChanges)
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
class _Candidate:
    """One integration of the URL with the rules that are tried."""

    integration: Integration
    rules: mapping.Rules
    routing: Routing


_Taken = tuple[_Candidate, list[tuple[Event, Scope]]]


def compare(
    integration: Integration,
    new_rules: dict[str, Any],
    new_routing: dict[str, Any] | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Comparison:
    """What these rules would have changed. Nothing is kept; raises RulesError.

    The order of the messages counts, and what had been open before the first of them does not.
    """
    rules = mapping.compile(new_rules)
    tried = routing.compile(new_routing) if new_routing is not None else routing_of(integration)
    current = _candidates(integration)
    changed = [
        _Candidate(integration, rules, tried) if one.integration.pk == integration.pk else one
        for one in current
    ]
    before, after = EndFinder(_nothing_stored), EndFinder(_nothing_stored)
    rows = [
        Row(message, _apply(message, current, before), _apply(message, changed, after))
        for message in _messages(integration, limit)
    ]
    tallies = _simulate(rows, timezone.now())
    differing = [row for row in rows if row.changes]
    counted = Counter(change for row in differing for change in row.changes)
    return Comparison(
        total=len(rows),
        rows=differing[::-1],
        counts=[(number, what) for what, number in counted.most_common()],
        before=tallies[0],
        after=tallies[1],
        key_changes=key_changes(integration, rules),
        since=rows[0].message.received_at if rows else None,
    )


def _nothing_stored(integration: Integration, keys: Set[str]) -> Set[str]:
    """What had been open before the first message does not count."""
    return frozenset()


def _simulate(rows: Sequence[Row], now: datetime) -> tuple[Tally, Tally]:
    """Fill in the effects of each row, by both sets of rules; returns what they come to."""
    before, after = Simulation(), Simulation()
    for row in rows:
        row.before = before.message(row.message.pk, row.result_before.events)
        row.after = after.message(row.message.pk, row.result_after.events)
    return before.finish(now), after.finish(now)


def _candidates(integration: Integration) -> list[_Candidate]:
    """In the order in which they are asked; one that is disabled is tried as if it were not."""
    own = Integration.objects.filter(pk=integration.pk)
    rows = Integration.objects.beside(own).order_by("sequence", "pk")
    return [
        _Candidate(row, rules_of(row), routing_of(row))
        for row in rows
        if row.is_enabled or row.pk == integration.pk
    ]


def _messages(integration: Integration, limit: int) -> list[InboundMessage]:
    """The last ones, the oldest first: without tests, and without what was never let in."""
    own = Integration.objects.filter(pk=integration.pk)
    beside = Integration.objects.beside(own).values_list("pk", flat=True)
    rows = InboundMessage.objects.filter(
        integration__in=list(beside), is_test=False, replay_of=None, is_body_pruned=False
    )
    rows = rows.exclude(status=InboundMessage.Status.REJECTED).exclude(
        route__in=list(COMMAND_HANDLERS)
    )
    rows = rows.exclude(answer=429).defer("results").order_by("-pk")
    return list(rows[: max(1, min(limit, MAX_MESSAGES))])[::-1]


def _apply(
    message: InboundMessage, candidates: Sequence[_Candidate], ends: EndFinder
) -> RuleResult:
    """The events of the first candidate whose filters accept the message, or of the one whose
    alert it ends."""
    try:
        received = received_of(message)
        taken = _accepted(received, candidates)
    except (UnreadableBody, _CannotMap) as error:
        return RuleResult(getattr(error, "integration", ""), str(error))
    taken = _ended(received, candidates, ends, taken) or taken
    if taken is None:
        refusals = [
            f"{one.integration.name}: {one.rules.filter_refusal(received)}" for one in candidates
        ]
        return RuleResult(failure="; ".join(refusals) or "no enabled integration takes it")
    candidate, pairs = taken
    ends.note(candidate.integration, [event for event, _ in pairs])
    at = message.received_at
    events = tuple(_event(event, scope, candidate, at) for event, scope in pairs)
    return RuleResult(candidate.integration.name, events=events)


class _CannotMap(Exception):
    """The integration that accepts a message makes nothing of it."""

    def __init__(self, integration: str, error: Exception) -> None:
        self.integration = integration
        super().__init__(str(error))


def _accepted(received: mapping.Received, candidates: Sequence[_Candidate]) -> _Taken | None:
    """By the first candidate whose filters accept the message. Raises _CannotMap."""
    for candidate in candidates:
        if candidate.rules.filter_refusal(received) is None:
            try:
                return candidate, candidate.rules.scoped_events(received)
            except (UnrecognizedPayload, RulesError) as error:
                raise _CannotMap(candidate.integration.name, error) from error
    return None


def _ended(
    received: mapping.Received,
    candidates: Sequence[_Candidate],
    ends: EndFinder,
    taken: _Taken | None,
) -> _Taken | None:
    """By another candidate, which has opened what the message ends."""
    taker, pairs = (taken[0].integration, taken[1]) if taken else (None, [])
    tried = [(one.integration, one.rules) for one in candidates]
    if not may_be_of_another(taker, [event for event, _ in pairs], tried):
        return None
    found = ends.find(read_candidates(received, tried), taker)
    return next(
        ((one, found[1]) for one in candidates if found and one.integration is found[0]), None
    )


def _event(event: Event, scope: Scope, candidate: _Candidate, at: datetime) -> SimulatedEvent:
    integration, tried = candidate.integration, candidate.routing
    is_new = event.action == Action.TRIGGER
    override = tried.override(event, scope, at) if is_new else None
    plan = (override.policy_id, override.play_id) if override else ()
    return SimulatedEvent(
        action="" if event.error else str(event.action),
        key=event.key,
        service_id=integration.service_id,
        at=at,
        subject=event.subject,
        severity=event.severity,
        reason=event.error or event.reason,
        recipients=(*plan, *tried.teams(event, scope)) if is_new else (),
        hold=tried.hold(at) if is_new else None,
        group=tried.group(integration.pk, scope, at) if is_new else None,
        expires_at=tried.expires_at(event, at),
    )
