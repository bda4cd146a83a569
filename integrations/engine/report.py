"""From what was read to what is reported."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from incidents.report import Group, Hold, Report
from integrations.chat.stored import person_of, via_of
from integrations.engine.plan_choice import Lead
from integrations.maintenance.matching import Held
from integrations.mapping.events import Event
from integrations.models import InboundMessage, Integration

# What an alert keeps of an event besides its columns.
DETAILS = (
    *("assignee", "topic", "severity_text", "tags", "custom_fields", "links"),
    *("recipient_users", "recipient_groups"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """What becomes of an event besides what it says: whom it reaches, when, and with what."""

    lead: Lead
    hold: Hold | None = None
    group: Group | None = None
    expires_at: datetime | None = None
    suppressed_by: str = ""
    unknown: tuple[str, ...] = ()
    kept: dict[str, Any] = field(default_factory=dict)  # for the alert's details


def held_by(window: Held | None, delay: Hold | None) -> Hold | None:
    """A maintenance holds back first; what its end would find delayed by time stays so."""
    if window is None:
        return delay
    hold = Hold(f"maintenance: {window.name}", window.until, result="suppressed")
    if delay is None or delay.until is None or delay.until <= window.until:
        return hold
    return replace(hold, until=delay.until)


def report_of(
    event: Event, integration: Integration, message: InboundMessage, route: Route
) -> Report:
    """The report of one event that came in by this integration."""
    details: dict[str, Any] = {name: value for name in DETAILS if (value := getattr(event, name))}
    person = person_of(message)
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
        short_text=event.short_text,
        long_text=event.long_text,
        url=event.url,
        via=via_of(message) or integration.name,
        by_id=person.pk if person else None,
        stops_paging=str(event.action) == "acknowledge",
        is_test=message.is_test,
        attributes=details | route.kept,
        hold=route.hold,
        group=route.group,
        expires_at=route.expires_at,
        suppressed_by=route.suppressed_by[:200],
        conference_bridge=integration.conference_bridge.text
        if integration.conference_bridge
        else "",
        unknown=route.unknown,
    )
