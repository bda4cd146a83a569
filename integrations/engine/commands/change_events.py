"""Change events become rows that are shown beside incidents. They never page."""

from datetime import datetime

from incidents.actions import changes
from integrations.decoding import decode
from integrations.dialects.pagerduty import change_events
from integrations.engine.result import Done
from integrations.mapping.timestamps import moment_of
from integrations.models import InboundMessage

CHANGE = "change"


def note_change(message: InboundMessage, now: datetime) -> Done:
    """Keep the change that a message reports, with the service of its integration."""
    integration = message.integration
    if integration is None:
        return Done("unreadable", "The integration of this message is gone")
    body = decode.decode(bytes(message.body), message.content_type)
    told = change_events.read_change(body)
    change = changes.record_change(
        integration.service,
        told.summary,
        source=told.source,
        at=moment_of(told.timestamp) or message.received_at,
        via=integration.name,
        links=told.links,
        attributes=told.attributes,
    )
    return Done(
        "changed",
        subject=change.summary,
        action=CHANGE,
        source="Change event",
        source_name=change.source,
        source_id=f"{change.pk}",
    )
