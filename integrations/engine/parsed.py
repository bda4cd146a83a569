"""Messages and events on their way through the pipeline."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from escalation.plans.plan import SelectedPlan
from incidents.report import Outcome, Report
from integrations.mapping.events import Event
from integrations.mapping.paths import Scope
from integrations.models import InboundMessage, Integration

MAX_OPEN = 4  # large messages


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


class OpenMessages:
    """Large messages between two of their slices, so that each is decoded once.

    Only memory: whoever does not find a message here opens it anew.
    """

    def __init__(self) -> None:
        self.known: OrderedDict[object, OpenMessage] = OrderedDict()

    def take(
        self, message: InboundMessage, integrations: Sequence[Integration]
    ) -> OpenMessage | None:
        """One that was kept, unless an integration of its URL was changed since."""
        return self.known.pop(_identity(message, integrations), None)

    def keep(
        self, message: InboundMessage, integrations: Sequence[Integration], opened: OpenMessage
    ) -> None:
        """Keep it for its next slice; the one that waits longest gives way."""
        self.known[_identity(message, integrations)] = opened
        while len(self.known) > MAX_OPEN:
            self.known.popitem(last=False)


def _identity(
    message: InboundMessage, integrations: Sequence[Integration]
) -> tuple[int, datetime, tuple[tuple[int, datetime], ...]]:
    return message.pk, message.received_at, tuple((i.pk, i.changed_at) for i in integrations)
