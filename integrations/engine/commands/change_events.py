"""Change events become rows that are shown beside incidents. They never page."""

from datetime import datetime

from incidents import verbs as incident_verbs
from integrations import decoding, pagerduty_changes
from integrations.done import Done
from integrations.models import InboundMessage
from integrations.moments import moment_of

CHANGE = "change"


def note_change(message: InboundMessage, now: datetime) -> Done:
    """Keep the change that a message reports, with the service of its integration."""
    integration = message.integration
    if integration is None:
        return Done("unreadable", "The integration of this message is gone")
    body = decoding.decode(bytes(message.body), message.content_type)
    told = pagerduty_changes.read_change(body)
    change = incident_verbs.record_change(
        integration.service,
        told.summary,
        source=told.source,
        at=moment_of(told.timestamp) or message.received_at,
        via=integration.name,
        links=told.links,
        details=told.details,
    )
    return Done(
        "changed",
        subject=change.summary,
        action=CHANGE,
        source="Change event",
        source_name=change.source,
        source_id=f"{change.pk}",
    )
