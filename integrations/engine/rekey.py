"""Open alerts whose key other rules would not make any more, and the key that they would."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery

from incidents.models import Alert
from integrations.engine.reader import received_of
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.events import Action
from integrations.models import InboundMessage, Integration

MOST_ALERTS = 1000
LOOKED_BACK = 500  # messages, for alerts that came together with others in one message


@dataclass(slots=True)
class Moves:
    """``keys`` by alert: these can be carried over. ``lost`` cannot be, and are for people."""

    keys: dict[int, str] = field(default_factory=dict)
    lost: list[Alert] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.keys) + len(self.lost)

    def __bool__(self) -> bool:
        return bool(self.keys or self.lost)


def moves(integration: Integration, rules: mapping.Rules) -> Moves:
    """What becomes of the open alerts of this integration when it gets these rules."""
    found = Moves()
    alerts, first = _open_alerts(integration)
    told: dict[int, str] = {}
    messages = InboundMessage.objects.filter(pk__in=first).order_by("pk")
    for message in messages.iterator(chunk_size=50):
        for number, made in _lines(message, rules):
            told.setdefault(number, made)
    taken = {alert.key for alert in alerts if told.get(alert.pk) == alert.key}
    for alert in alerts:
        key = told.get(alert.pk)
        if key == alert.key:
            continue
        if key is None or key in taken:
            found.lost.append(alert)
        else:
            taken.add(key)
            found.keys[alert.pk] = key
    return found


def _open_alerts(integration: Integration) -> tuple[list[Alert], list[int]]:
    """Those that this integration has reported, and the first message of each that has one."""
    mine = InboundMessage.objects.filter(alert=OuterRef("pk"), integration=integration)
    rows = Alert.objects.open().filter(service=integration.service_id)
    rows = rows.annotate(first=Subquery(mine.order_by("pk").values("pk")[:1])).order_by("pk")
    alerts = list(rows[:MOST_ALERTS])
    known = [alert for alert in alerts if alert.first]
    # What came in one message together with others stands in the results of that message only.
    rest = {alert.pk: alert for alert in alerts if not alert.first}
    recent = InboundMessage.objects.filter(integration=integration, alert__isnull=False)
    chiefs = []
    if rest:
        lines = recent.order_by("-pk").values_list("pk", "results")[:LOOKED_BACK]
        for pk, results in lines:
            named = {line.get("alert") for line in results if isinstance(line, dict)} & rest.keys()
            chiefs += [pk] if named else []
            known += [rest.pop(number) for number in named]
    return known, [*(alert.first for alert in alerts if alert.first), *chiefs]


def _lines(message: InboundMessage, rules: mapping.Rules) -> list[tuple[int, str]]:
    """Each alert that the message was about, with the key that it would have."""
    try:
        events = rules.events(received_of(message))
    except (UnreadableBody, UnrecognizedPayload, RulesError):
        return []
    keys = {event.index: event.key for event in events if event.action != Action.NONE}
    results: Any = message.results if isinstance(message.results, list) else []
    if len(results) != len(events):
        return []  # Another list is read now: which event was which cannot be told.
    return [
        (line["alert"], keys[line["index"]])
        for line in results
        if isinstance(line, dict) and line.get("alert") and line.get("index") in keys
    ]
