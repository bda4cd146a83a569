"""Signs of life."""

from datetime import datetime
from typing import Any

from escalation.models import ProcessHeartbeat


def beat(part: str, *, now: datetime, **facts: Any) -> None:
    """The part was alive at ``now``, with what it has to say about itself."""
    ProcessHeartbeat.objects.update_or_create(part=part, defaults={"at": now, "facts": facts})
