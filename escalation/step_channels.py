"""The central channels of a step in words: ``email, sms after 5 min``."""

import re
from typing import Any

from notifications.channels import all_channels
from opsportal.lib.durations import parse_duration

AFTER = re.compile(r"^(?P<name>.+?)(?:\s+after\s+(?P<wait>.+))?$", re.IGNORECASE)


def parse_channels(text: str) -> list[dict[str, Any]]:
    """The channels in order, with their waits in minutes; ValueError says what is wrong."""
    return [_read_one(part.strip()) for part in text.split(",") if part.strip()]


def format_channels(rows: list[dict[str, Any]]) -> str:
    """The same in words."""
    told = []
    for row in rows:
        wait = row.get("after_minutes", 0)
        told.append(f"{row['channel']} after {wait} min" if wait else row["channel"])
    return ", ".join(told)


def _read_one(part: str) -> dict[str, Any]:
    found = AFTER.match(part)
    name = found["name"].strip().lower() if found else ""
    labels = {channel.label.lower(): key for key, channel in all_channels().items()}
    key = labels.get(name, name)
    known = [key for key, channel in all_channels().items() if channel.for_people]
    if key not in known:
        raise ValueError(f"“{name}” is no channel for people; known: {', '.join(known)}.")
    wait = parse_duration(found["wait"]) if found and found["wait"] else 0
    if wait % 60:
        raise ValueError("Channels wait whole minutes, such as: email after 5 min.")
    return {"channel": key, "after_minutes": wait // 60}
