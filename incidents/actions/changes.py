"""Deployments and other changes, told by machines and people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from incidents.models import Change, Service


def record_change(
    service: Service,
    summary: str,
    *,
    source: str = "",
    at: datetime | None = None,
    via: str = "",
    links: Sequence[Sequence[str]] = (),
    attributes: Mapping[str, Any] | None = None,
) -> Change:
    """Keep a change, to be shown beside the incidents of its service. It pages nobody."""
    now = timezone.now()
    return Change.objects.create(
        service=service,
        summary=summary[:1024],
        source=source[:1024],
        at=at or now,
        received_at=now,
        via=via[:200],
        links=[list(link) for link in links],
        attributes=dict(attributes or {}),
    )
