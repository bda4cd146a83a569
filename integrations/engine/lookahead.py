"""Look ahead in a long queue: critical alerts and ends of alerts come first.

What waits is mapped, and its events are kept for its turn, as far as there is room. Nothing
overtakes an earlier message about the same alert, nor one whose alerts are not known: a large one,
one that was tried before, a command of Opsgenie's API or of a chat.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Min, Q, QuerySet

from incidents.choices import ReportAction, Severity
from integrations.engine import tries
from integrations.engine.commands import COMMAND_HANDLERS
from integrations.engine.commands.change_events import CHANGE
from integrations.engine.pipeline import MessageParser, kept_events
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mapping.events import Event
from integrations.models import InboundMessage
from opsportal.lib.time_budget import TimeBudgetExceeded

LONG = 50  # messages; a queue that is shorter is worked off in its order, unless it is paced
MIN_LOOKED_AT, MAX_LOOKED_AT = 200, 2000  # messages in one turn, as many as fit into its time
LOOK_S = 0.6  # of CPU in one turn, and what the last one takes
MAX_EVENTS = 50  # of a message that is looked at
MAX_KNOWN = 20_000  # messages of one queue
TURNS = 4  # Of so many turns one is for what came first, however much is urgent or not looked at.


@dataclass(slots=True)
class Waiting:
    """One queue as far as it was looked at: the alerts of each message (None: not known)."""

    last_id: int = 0
    turn: int = 0
    fitting: int = MIN_LOOKED_AT  # messages, as the last look took
    is_seen: bool = False  # up to the last one that waited
    keys: dict[int, frozenset[str] | None] = field(default_factory=dict)
    urgent: set[int] = field(default_factory=set)

    def forget(self, message_ids: Sequence[int]) -> None:
        kept_events.forget(message_ids)
        for pk in message_ids:
            self.keys.pop(pk, None)
            self.urgent.discard(pk)

    def forget_before(self, first: int | None) -> None:
        """What is before the first message that is pending was worked off by another engine."""
        self.forget([pk for pk in self.keys if first is None or pk < first])

    def first(self, barrier: int | None, limit: int) -> list[int]:
        """The urgent messages before the barrier, and the earlier ones of their alerts; by id."""
        unknown = (pk for pk, keys in self.keys.items() if keys is None)
        end = min([*unknown, *([barrier] if barrier else [])], default=None)
        wanted: set[str] = set()
        found = []
        for pk in sorted(self.keys, reverse=True):
            keys = self.keys[pk]
            if keys is None or (end is not None and pk >= end):
                continue
            if pk in self.urgent or keys & wanted:
                wanted |= keys
                found.append(pk)
        return found[::-1][:limit]


_queues: dict[int, Waiting] = {}


def claim_urgent(
    queue: int, parser: MessageParser, now: datetime, *, limit: int
) -> list[InboundMessage] | None:
    """Count a try of the urgent messages of a queue, which the caller holds; returns them.

    They do not wait for the pace of the rate limit. None where it is the turn of what came first;
    [] where nothing urgent is known yet, and the next turn looks on.
    """
    if not _is_long(queue, now):
        if waiting := _queues.pop(queue, None):
            waiting.forget([*waiting.keys])
        return None
    waiting = _queues.setdefault(queue, Waiting())
    _look(queue, waiting, parser)
    if waiting.is_seen and not waiting.urgent:
        return None
    waiting.turn += 1
    if waiting.turn % TURNS == 0 and _pending(queue).filter(ready_at__lte=now).exists():
        return None
    return _claim_known(queue, waiting, limit) if waiting.urgent else []


def _claim_known(queue: int, waiting: Waiting, limit: int) -> list[InboundMessage]:
    pending = _pending(queue)
    waiting.forget_before(pending.aggregate(first=Min("pk"))["first"])
    tried = pending.filter(Q(attempts__gt=0) | Q(events_done__gt=0))
    ids = waiting.first(tried.aggregate(first=Min("pk"))["first"], limit)
    rows = tries.claim_ids(ids)
    waiting.forget([*set(ids) - {row.pk for row in rows}])  # done, or tried, by somebody else
    return rows


def note_done(queue: int, rows: Iterable[InboundMessage]) -> None:
    """These do not wait any more; what has to be tried again is known by its tries."""
    if waiting := _queues.get(queue):
        waiting.forget([row.pk for row in rows])


def _pending(queue: int) -> "QuerySet[InboundMessage]":
    return InboundMessage.objects.pending().filter(integration_id=queue)


def _is_long(queue: int, now: datetime) -> bool:
    """Whether more than a few messages wait, or one waits for the pace."""
    first = list(_pending(queue).order_by("pk").values_list("ready_at", "attempts")[: LONG + 1])
    return len(first) > LONG or any(at > now and not tried for at, tried in first)


def _look(queue: int, waiting: Waiting, parser: MessageParser) -> None:
    """Look at the messages that came since. A try of them is counted meanwhile: one that ends the
    engine is known then, and is not looked at again."""
    room = min(waiting.fitting, MAX_KNOWN - len(waiting.keys))
    if room <= 0:
        waiting.is_seen = True  # What came first makes room again.
        return
    began_at, looked_at = time.thread_time(), 0
    rows = tries.claim_unseen(queue, waiting.last_id, limit=room)
    for row in rows:
        if looked_at and time.thread_time() - began_at > LOOK_S:
            break
        waiting.last_id, looked_at = row.pk, looked_at + 1
        events = _events_of(row, parser)
        waiting.keys[row.pk] = None if events is None else frozenset(one.key for one in events)
        if events and any(map(_is_urgent, events)):
            waiting.urgent.add(row.pk)
    tries.give_back([row.pk for row in rows])
    is_cut = looked_at < len(rows)
    waiting.is_seen = not is_cut and len(rows) < room
    fitting = looked_at if is_cut else 2 * waiting.fitting
    waiting.fitting = max(MIN_LOOKED_AT, min(fitting, MAX_LOOKED_AT))


def _events_of(row: InboundMessage, parser: MessageParser) -> list[Event] | None:
    """The events that ask for something; [] of one that cannot be read, None if not known."""
    if row.route == CHANGE:
        return []
    if row.route in COMMAND_HANDLERS:
        return None
    try:
        events = parser.look(row, MAX_EVENTS)
    except (UnreadableBody, UnrecognizedPayload, RulesError):
        return []
    except TimeBudgetExceeded:
        return None
    return None if events is None else [one for one in events if one.action and not one.error]


def _is_urgent(event: Event) -> bool:
    """Whether somebody must know at once, or nobody any more."""
    if event.action == ReportAction.TRIGGER:
        return event.severity == Severity.CRITICAL
    return event.action in (ReportAction.RESOLVE, ReportAction.ACKNOWLEDGE)
