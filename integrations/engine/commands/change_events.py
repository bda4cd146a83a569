"""Change events become rows that are shown beside incidents. They never page."""

from datetime import datetime

from incidents.actions import changes
from integrations.decoding import decode
from integrations.dialects.pagerduty import change_events
from integrations.engine.command_result import CommandResult
from integrations.mapping.timestamps import parse_iso_timestamp
from integrations.models import InboundMessage, Result

CHANGE = "change"


def execute(message: InboundMessage, now: datetime) -> CommandResult:
    """Keep the change that a message reports, with the service of its integration."""
    integration = message.integration
    if integration is None:
        return CommandResult(Result.UNREADABLE, "The integration of this message is gone")
    body = decode.decode(bytes(message.body), message.content_type)
    event = change_events.read_change(body)
    change = changes.record_change(
        integration.service,
        event.summary,
        source=event.source,
        at=parse_iso_timestamp(event.timestamp) or message.received_at,
        via=integration.name,
        links=event.links,
        attributes=event.attributes,
    )
    return CommandResult(
        Result.CHANGED,
        subject=change.summary,
        action=CHANGE,
        source="Change event",
        source_name=change.source,
        source_id=f"{change.pk}",
    )
