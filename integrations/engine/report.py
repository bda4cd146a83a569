"""From an event and its route to the report that changes incidents."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from escalation.plans.plan import SelectedPlan
from incidents.report import Group, Report, Suppression
from integrations.chat.stored import person_of, via_of
from integrations.engine.recipients import NamedTopic
from integrations.maintenance.matching import ActiveWindow
from integrations.mapping.events import Event
from integrations.models import InboundMessage, Integration

# The fields of an event that an alert keeps in its attributes, and not in a column.
ATTRIBUTES = (
    *("assignee", "topic", "severity_text", "tags", "custom_fields", "links"),
    *("recipient_users", "recipient_groups"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """Whom an event reaches, when, and with which others. ``attributes`` are for its alert."""

    plan: SelectedPlan
    hold: Suppression | None = None
    group: Group | None = None
    expires_at: datetime | None = None
    suppressed_by: str = ""
    unknown: tuple[str, ...] = ()
    owner_id: int | None = None
    topic: NamedTopic | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


def first_hold(window: ActiveWindow | None, delay: Suppression | None) -> Suppression | None:
    """Why an alert pages nobody yet: the maintenance before the delay; until the later of both,
    where the delay is by time."""
    if window is None:
        return delay
    hold = Suppression(f"maintenance: {window.name}", window.until, result="suppressed")
    if delay is None or delay.until is None or delay.until <= window.until:
        return hold
    return replace(hold, until=delay.until)


def report_of(
    event: Event, integration: Integration, message: InboundMessage, route: Route
) -> Report:
    """The report of one event that came in by this integration."""
    attributes: dict[str, Any] = {
        name: value for name in ATTRIBUTES if (value := getattr(event, name))
    }
    person, bridge = person_of(message), integration.conference_bridge
    return Report(
        action=str(event.action),
        service_id=integration.service_id,
        key=event.key,
        at=message.received_at,
        title=event.subject,
        severity=event.severity,
        source=event.source,
        source_name=event.source_name,
        source_id=event.source_id,
        source_status=event.status,
        dedup_key=event.dedup_key,
        # Who tests or replays wants to see it open, however often.
        episode="" if message.is_test or message.replay_of_id else event.episode,
        short_text=event.short_text,
        long_text=event.long_text,
        url=event.url,
        via=via_of(message) or integration.name,
        by_id=person.pk if person else None,
        stops_paging=str(event.action) == "acknowledge",
        is_test=message.is_test,
        attributes=attributes | route.attributes,
        suppression=route.hold,
        group=route.group,
        expires_at=route.expires_at,
        suppressed_by=route.suppressed_by[:200],
        conference_bridge=bridge.text if bridge else "",
        unknown=route.unknown,
        owner_id=route.owner_id,
        topic_id=route.topic.pk if route.topic else None,
        topic_priority=route.topic.priority if route.topic else "",
    )
