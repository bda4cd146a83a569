"""Count the messages of an integration that cannot be read: `integrations.engine.unreadable` tells
somebody."""

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from integrations.models import Integration


def count_unreadable(integration_id: int, at: datetime, count: int = 1) -> None:
    """So many more, of which the last came at ``at``."""
    Integration.objects.filter(pk=integration_id).update(
        unreadable_count=F("unreadable_count") + count,
        unreadable_at=Greatest(F("unreadable_at"), at),
    )
