"""Messages and events on their way through the pipeline."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from escalation.plans.plan import SelectedPlan
from incidents.report import Outcome, Report
from integrations.mapping.events import Event
from integrations.mapping.paths import Scope
from integrations.models import InboundMessage, Integration

MAX_OPEN = 4  # large messages
MAX_LOOKED_AT = 2000  # small ones
# Of their bodies together; what they are decoded to takes several times that.
MAX_LOOKED_AT_BYTES = 2**21


@dataclass(slots=True)
class ParsedEvent:
    """One event of a message, from what it was made of to what it did.

    ``report`` and ``plan`` are set where it is reported; ``outcome`` once incidents have changed.
    """

    event: Event
    scope: Scope | None = None
    variant: str = ""  # the name of the shape by whose rules it was read
    report: Report | None = None
    plan: SelectedPlan | None = None
    outcome: Outcome | None = None
    is_logged_only: bool = False  # a test that changes nothing


@dataclass(slots=True)
class ParsedMessage:
    """A message, the integration that accepts it, and the events of this slice in their order.

    ``failure`` says why it has none: it cannot be read, or nobody accepts it. ``error``: it took
    too long, and may be tried again. ``is_refused``: nobody accepts it. ``total`` counts all its
    events, those of other slices too.
    """

    message: InboundMessage
    integration: Integration | None = None
    events: list[ParsedEvent] = field(default_factory=list)
    failure: str = ""
    error: Exception | None = None
    is_refused: bool = False
    total: int = 0

    @property
    def reported_events(self) -> list[ParsedEvent]:
        """Those that change incidents."""
        return [one for one in self.events if one.report is not None]

    @property
    def events_done(self) -> int:
        """How many of its events are done with this slice."""
        return self.message.events_done + len(self.events)

    @property
    def is_cut(self) -> bool:
        """Whether events are left for another slice."""
        return self.events_done < self.total


@dataclass(slots=True)
class OpenMessage:
    """A message that was decoded and matched: ``event`` makes the event of a place, from 0.

    ``spent_s`` is how long that took for all so far.
    """

    integration: Integration
    total: int
    event: Callable[[int], ParsedEvent]
    spent_s: float = 0.0


Version = tuple[datetime, tuple[tuple[int, datetime], ...]]


class OpenMessages:
    """Large messages between two of their slices, so that each is decoded once.

    Only memory: whoever does not find a message here opens it anew.
    """

    def __init__(self) -> None:
        self.known: OrderedDict[int, tuple[Version, OpenMessage]] = OrderedDict()

    def take(
        self, message: InboundMessage, integrations: Sequence[Integration]
    ) -> OpenMessage | None:
        """One that was kept, unless an integration of its URL was changed since."""
        version, opened = self.known.pop(message.pk, (None, None))
        return opened if version == _version(message, integrations) else None

    def keep(
        self, message: InboundMessage, integrations: Sequence[Integration], opened: OpenMessage
    ) -> None:
        """Keep it for its next slice; the one that waits longest gives way."""
        self.known[message.pk] = _version(message, integrations), opened
        while len(self.known) > MAX_OPEN:
            self.known.popitem(last=False)


class LookedAt(OpenMessages):
    """Small messages of long queues, between the look at them and their turn."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[int, int] = {}
        self.held_bytes = 0

    def take(
        self, message: InboundMessage, integrations: Sequence[Integration]
    ) -> OpenMessage | None:
        self._let_go(message.pk)
        return super().take(message, integrations)

    def keep(
        self, message: InboundMessage, integrations: Sequence[Integration], opened: OpenMessage
    ) -> None:
        """Keep it where there is room: those that came first have their turn first."""
        size = len(message.body)
        if len(self.known) < MAX_LOOKED_AT and self.held_bytes + size <= MAX_LOOKED_AT_BYTES:
            self.known[message.pk] = _version(message, integrations), opened
            self.sizes[message.pk] = size
            self.held_bytes += size

    def forget(self, message_ids: Iterable[int]) -> None:
        """These were worked off, perhaps by another engine."""
        for pk in message_ids:
            self.known.pop(pk, None)
            self._let_go(pk)

    def _let_go(self, pk: int) -> None:
        self.held_bytes -= self.sizes.pop(pk, 0)


def _version(message: InboundMessage, integrations: Sequence[Integration]) -> Version:
    """What a message was made of: it, and the integrations on its URL."""
    return message.received_at, tuple((one.pk, one.changed_at) for one in integrations)
