"""Deployments and other changes, reported by machines and people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.utils import timezone

from incidents.models import Change, Service


class ChangeFields(TypedDict, total=False):
    """What may be known of a change besides its service and its summary."""

    source: str
    at: datetime | None  # None: now.
    via: str
    links: Sequence[Sequence[str]]  # (address, text)
    attributes: Mapping[str, Any] | None


def record_change(service: Service, summary: str, **fields: Unpack[ChangeFields]) -> Change:
    """Keep a change, to be shown beside the incidents of its service. It pages nobody.

    Texts that are too long for their columns are cut.
    """
    now = timezone.now()
    return Change.objects.create(
        service=service,
        summary=summary[:1024],
        source=fields.get("source", "")[:1024],
        at=fields.get("at") or now,
        received_at=now,
        via=fields.get("via", "")[:200],
        links=[list(link) for link in fields.get("links", ())],
        attributes=dict(fields.get("attributes") or {}),
    )
