"""Keys of open alerts under other rules, so that what closes them later still finds them.

Reads at most `MAX_ALERTS` open alerts of an integration, and its last `MAX_MESSAGES` messages.
"""

from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery

from incidents.models import Alert
from integrations.engine.opening import received_of
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.events import Action
from integrations.models import InboundMessage, Integration

MAX_ALERTS = 1000
MAX_MESSAGES = 500  # for alerts that came together with others in one message
CHUNK_SIZE = 50  # messages


@dataclass(slots=True)
class KeyChanges:
    """``keys``: alert → its new key. ``without_key``: alerts that get none,
    which people must close."""

    keys: dict[int, str] = field(default_factory=dict)
    without_key: list[Alert] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.keys) + len(self.without_key)

    def __bool__(self) -> bool:
        return bool(self.keys or self.without_key)


def key_changes(integration: Integration, rules: mapping.Rules) -> KeyChanges:
    """What becomes of the open alerts of this integration when it gets these rules."""
    changes = KeyChanges()
    alerts, message_ids = _open_alerts(integration)
    new_keys: dict[int, str] = {}
    messages = InboundMessage.objects.filter(pk__in=message_ids).order_by("pk")
    for message in messages.iterator(chunk_size=CHUNK_SIZE):
        for alert_id, key in _keys_of(message, rules):
            new_keys.setdefault(alert_id, key)
    taken = {alert.key for alert in alerts if new_keys.get(alert.pk) == alert.key}
    for alert in alerts:
        new_key = new_keys.get(alert.pk)
        if new_key == alert.key:
            continue
        if new_key is None or new_key in taken:
            changes.without_key.append(alert)
        else:
            taken.add(new_key)
            changes.keys[alert.pk] = new_key
    return changes


def _open_alerts(integration: Integration) -> tuple[list[Alert], list[int]]:
    """Those that this integration has reported, and a message of each."""
    mine = InboundMessage.objects.filter(alert=OuterRef("pk"), integration=integration)
    # The keys of tests are their own.
    rows = Alert.objects.open().filter(service=integration.service_id, incident__is_test=False)
    rows = rows.annotate(first=Subquery(mine.order_by("pk").values("pk")[:1])).order_by("pk")
    known: list[Alert] = []
    message_ids: list[int] = []
    rest: dict[int, Alert] = {}
    for alert in rows[:MAX_ALERTS]:
        if alert.first:
            known.append(alert)
            message_ids.append(alert.first)
        else:
            rest[alert.pk] = alert
    if rest:
        found, more = _reported_together(integration, rest)
        known, message_ids = known + found, message_ids + more
    return known, message_ids


def _reported_together(
    integration: Integration, rest: dict[int, Alert]
) -> tuple[list[Alert], list[int]]:
    """Alerts that are not the first of any message: only its results name them."""
    recent = InboundMessage.objects.filter(integration=integration, alert__isnull=False)
    alerts, message_ids = [], []
    for message in recent.order_by("-pk").only("pk", "results")[:MAX_MESSAGES]:
        named = {one.alert_id for one in message.event_results if one.alert_id in rest}
        if named:
            message_ids.append(message.pk)
            alerts += [rest.pop(alert_id) for alert_id in named if alert_id]
    return alerts, message_ids


def _keys_of(message: InboundMessage, rules: mapping.Rules) -> list[tuple[int, str]]:
    """Each alert that the message was about, with the key that it would have."""
    try:
        events = rules.events(received_of(message))
    except (UnreadableBody, UnrecognizedPayload, RulesError):
        return []
    keys = {event.index: event.key for event in events if event.action != Action.NONE}
    results = message.event_results
    if len(results) != len(events):
        return []  # Another list is read now: which event was which is unknown.
    return [
        (one.alert_id, keys[one.index]) for one in results if one.alert_id and one.index in keys
    ]
