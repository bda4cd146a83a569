"""What would close an alert passes the filters of the integration that opened it.

A filter such as `severity = critical` accepts the beginning of a problem; its end says `clear`.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q

from incidents.models import Alert
from integrations.errors import UnrecognizedPayload
from integrations.mapping.events import Action, Event
from integrations.mapping.paths import Scope
from integrations.mapping.rules import Received, Rules
from integrations.models import InboundMessage, Integration

Pair = tuple[Event, Scope]
Candidate = tuple[Integration, Rules]
Closing = Callable[[Integration, Set[str]], Set[str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as one integration would read it; ``refusal`` is '' where its filters accept it."""

    integration: Integration
    pairs: list[Pair]
    refusal: str


class EndFinder:
    """Finds the integration whose alert a message ends, for messages that are read together.

    ``stored`` returns which keys are those of alerts that the integration has open by now.
    """

    def __init__(self, stored: Closing) -> None:
        self._stored = stored
        self._opened: set[tuple[int, str]] = set()  # by these messages, and not stored yet

    def forget(self) -> None:
        """Before other messages are read: what these opened is stored."""
        self._opened.clear()

    def note(self, integration: Integration, events: Iterable[Event]) -> None:
        """Remember what these events open."""
        opening = (event for event in events if event.action == Action.TRIGGER)
        self._opened |= {(integration.pk, event.key) for event in opening}

    def find(
        self, readings: Sequence[Reading], taker: Integration | None
    ) -> tuple[Integration, list[Pair]] | None:
        """Another integration than the one that accepts the message, whose alert it ends."""
        # First the one that accepts it: it may have opened the alert itself.
        ordered = sorted(readings, key=lambda reading: reading.integration is not taker)
        found = find_end(ordered, self._open_keys)
        return found if found and found[0] is not taker else None

    def _open_keys(self, integration: Integration, keys: Set[str]) -> Set[str]:
        here: Set[str] = {key for key in keys if (integration.pk, key) in self._opened}
        return here | (self._stored(integration, keys - here) if keys - here else set())


def may_be_of_another(
    taker: Integration | None, events: Iterable[Event], candidates: Sequence[Candidate]
) -> bool:
    """Whether it is worth looking for another integration: a filter refuses the message, or
    another one could have opened what it ends."""
    if not any(rules.filters for _, rules in candidates):
        return False
    actions = {event.action for event in events}
    is_mere_end = Action.RESOLVE in actions and Action.TRIGGER not in actions
    return taker is None or (is_mere_end and len(candidates) > 1)


def read_candidates(received: Received, candidates: Sequence[Candidate]) -> list[Reading]:
    """What a message would be to each of these that recognizes it."""
    readings = []
    for integration, rules in candidates:
        try:
            pairs = rules.scoped_events(received)
        except UnrecognizedPayload:
            continue
        readings.append(Reading(integration, pairs, rules.filter_refusal(received) or ""))
    return readings


def find_end(
    readings: Sequence[Reading], closing: Closing
) -> tuple[Integration, list[Pair]] | None:
    """The first integration with an open alert that the message ends, and its events; or None.

    ``closing`` returns which keys are those of alerts that the integration has open. Where its
    filters refuse the message, only what closes such an alert is left of its events.
    """
    for one in readings:
        ends = {event.key for event, _ in one.pairs if event.action == Action.RESOLVE}
        if ends and (closed := closing(one.integration, ends)):
            is_refused = bool(one.refusal)
            pairs = _without_refused(one.pairs, closed, one.refusal) if is_refused else one.pairs
            return one.integration, pairs
    return None


def _without_refused(pairs: list[Pair], closed: Set[str], refusal: str) -> list[Pair]:
    return [
        (event, scope)
        if event.action == Action.RESOLVE and event.key in closed
        else (replace(event, action=Action.NONE, reason=refusal), scope)
        for event, scope in pairs
    ]


def keys_opened_by(integration: Integration, keys: Set[str]) -> set[str]:
    """Those of these keys that open alerts have which this integration reported.

    An alert of its service counts, too, where no message is kept that says who opened it.
    """
    # An alert opens at the moment at which its message came: only the first of several alerts
    # of one message is named by it.
    first = InboundMessage.objects.filter(received_at=OuterRef("opened_at"))
    known = InboundMessage.objects.filter(alert=OuterRef("pk"))
    rows = Alert.objects.open().filter(service=integration.service_id, key__in=keys)
    rows = rows.filter(
        Exists(first.filter(integration=integration))
        | Exists(known.filter(integration=integration))
        | Q(~Exists(first), ~Exists(known))
    )
    return set(rows.values_list("key", flat=True))
