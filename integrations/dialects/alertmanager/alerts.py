"""Open alerts as an Alertmanager shows them, for amtool and everything else that reads its API."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from incidents.models import Alert
from opsportal.lib.text import as_text

FNV_OFFSET, FNV_PRIME, FNV_MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF
# How long an alert without an end is called active after its last message.
UNTIL_SILENT = timedelta(minutes=5)


def fingerprint(labels: dict[str, str]) -> str:
    """The number by which Prometheus and Alertmanager know a set of labels: FNV-1a, 64 bits."""
    found = FNV_OFFSET
    for name in sorted(labels, key=str.encode):
        for byte in (*name.encode(), 0xFF, *labels[name].encode(), 0xFF):
            found = ((found ^ byte) * FNV_PRIME) & FNV_MASK
    return f"{found:016x}"


def labels_of(alert: Alert) -> dict[str, str]:
    """Its labels: they are what it is identified by, or else its custom fields."""
    try:
        found = json.loads(alert.source_id)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        found = alert.attributes.get("custom_fields") or {
            "alertname": alert.source_name or alert.title
        }
    return {str(name): as_text(value) for name, value in found.items()}


def shown(alert: Alert, receiver: str, now: datetime) -> dict[str, Any]:
    """One alert in the form of ``GET /api/v2/alerts``."""
    labels = labels_of(alert)
    texts = {"summary": alert.title, "description": alert.long_text}
    silenced_by = [alert.suppressed_by] if alert.suppressed_by else []
    found = {
        "labels": labels,
        "annotations": {name: text for name, text in texts.items() if text},
        "fingerprint": fingerprint(labels),
        "startsAt": alert.opened_at.isoformat(),
        "updatedAt": alert.last_seen_at.isoformat(),
        "endsAt": (alert.expires_at or max(now, alert.last_seen_at) + UNTIL_SILENT).isoformat(),
        "receivers": [{"name": receiver}],
        "status": {
            "state": "suppressed" if silenced_by else "active",
            "silencedBy": silenced_by,
            "inhibitedBy": [],
            "mutedBy": [],
        },
    }
    return found | ({"generatorURL": alert.url} if alert.url else {})


def grouped(alerts: Iterable[dict[str, Any]], receiver: str) -> list[dict[str, Any]]:
    """The same, in one group for each alert name."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for alert in alerts:
        groups.setdefault(alert["labels"].get("alertname", ""), []).append(alert)
    return [
        {"labels": {"alertname": name}, "receiver": {"name": receiver}, "alerts": found}
        for name, found in sorted(groups.items())
    ]


def status(version: str, since: datetime) -> dict[str, Any]:
    """What ``amtool cluster show`` and dashboards ask first."""
    names = ("revision", "branch", "buildUser", "buildDate", "goVersion")
    return {
        "cluster": {"status": "disabled", "peers": []},
        "versionInfo": {"version": version} | dict.fromkeys(names, ""),
        "config": {"original": ""},
        "uptime": since.isoformat(),
    }
