"""Process heartbeats, which /healthz reads: one row for each kind of process."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from escalation.models import ProcessHeartbeat

NODE_FORGOTTEN_AFTER = timedelta(days=1)


def record_heartbeat(process: str, *, now: datetime, **facts: Any) -> None:
    """The part was alive at ``now`` on this node, with what it has to say about itself.

    ``facts`` also get the ``node``, and in ``nodes`` the last time (ISO 8601) of each.
    """
    ProcessHeartbeat.objects.get_or_create(process=process, defaults={"at": now})
    with transaction.atomic():
        row = ProcessHeartbeat.objects.select_for_update().get(process=process)
        row.at, row.facts = now, facts | facts_of_nodes(row.facts, now)
        row.save(update_fields=["at", "facts"])


def facts_of_nodes(facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """``node`` and ``nodes`` of these facts, after a sign of this node at ``now``."""
    oldest = (now - NODE_FORGOTTEN_AFTER).isoformat()
    nodes = {node: at for node, at in facts.get("nodes", {}).items() if at > oldest}
    return {"node": settings.NODE, "nodes": {**nodes, settings.NODE: now.isoformat()}}
