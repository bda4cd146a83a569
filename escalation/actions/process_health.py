"""Signs of life."""

from datetime import datetime
from typing import Any

from escalation.models import ProcessHeartbeat


def record_heartbeat(process: str, *, now: datetime, **facts: Any) -> None:
    """The part was alive at ``now``, with what it has to say about itself."""
    ProcessHeartbeat.objects.update_or_create(process=process, defaults={"at": now, "facts": facts})
