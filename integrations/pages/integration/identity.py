"""Whether anything in the messages of an integration says which problem they are about."""

from integrations.engine.commands import COMMAND_HANDLERS
from integrations.models import InboundMessage, Integration

MAX_MESSAGES = 100


def lacks_identity(integration: Integration) -> bool:
    """Whether one of its last messages opened an alert without a source name, id or dedup key."""
    rows = InboundMessage.objects.filter(integration=integration, alert__isnull=False)
    rows = rows.exclude(route__in=list(COMMAND_HANDLERS)).order_by("-pk")
    names = ("alert__source_name", "alert__source_id", "alert__dedup_key")
    return any(not any(row) for row in rows.values_list(*names)[:MAX_MESSAGES])
