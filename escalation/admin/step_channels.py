"""The central channels of a step in words: ``email, sms after 5 min``."""

import re
from contextlib import suppress
from typing import Any

from incidents.ranking import rank
from notifications.channels import all_channels
from opsportal.lib.durations import parse_duration

WAITS_MIN = (0, 1, 2, 5, 10, 15, 30, 60)
FIRST = ("email", "sms", "voice", "push", "slack")  # What most portals have; the others follow.
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


def label_of(word: str) -> str:
    """One channel with its wait as people read it; a word that means none is shown as it is."""
    try:
        [row] = parse_channels(word)
    except ValueError:
        return word
    wait = row["after_minutes"]
    label = all_channels()[row["channel"]].label
    return f"{label} after {wait} min" if wait else label


def search(term: str) -> list[tuple[str, str]]:
    """The channels for people with usual waits, and with the one that was typed: (word, label)."""
    typed: list[str] = []
    with suppress(ValueError):
        typed = [format_channels([row]) for row in parse_channels(term)]
    rows = [{"channel": key, "after_minutes": wait} for wait in WAITS_MIN for key in _for_people()]
    words = [format_channels([row]) for row in rows]
    found = [
        (best, word) for word in words if (best := rank(term, word, label_of(word))) is not None
    ]
    ranked = [word for _, word in sorted(found, key=lambda one: one[0])]
    return [(word, label_of(word)) for word in dict.fromkeys([*typed, *ranked])]


def _for_people() -> list[str]:
    """The channels that a person may have, those first that most portals have."""
    known = [key for key, channel in all_channels().items() if channel.for_people]
    return sorted(known, key=lambda key: (FIRST.index(key) if key in FIRST else len(FIRST), key))


def _read_one(part: str) -> dict[str, Any]:
    found = AFTER.match(part)
    name = found["name"].strip().lower() if found else ""
    labels = {channel.label.lower(): key for key, channel in all_channels().items()}
    key = labels.get(name, name)
    if key not in (known := _for_people()):
        raise ValueError(f"“{name}” is no channel for people; known: {', '.join(known)}.")
    wait = parse_duration(found["wait"]) if found and found["wait"] else 0
    if wait % 60:
        raise ValueError("Channels wait whole minutes, such as: email after 5 min.")
    return {"channel": key, "after_minutes": wait // 60}
