"""A message of Microsoft Teams, as an action on it brings it along."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from integrations.chat.teams import MAX_CHARS, part, words_of
from opsportal.lib.text import as_text

TEXT_FIELDS = (
    "title",
    "text",
    "summary",
)  # What cards of every kind show is in fields of these names.
MAX_CARDS, MAX_PARTS = 5, 200


@dataclass(frozen=True, slots=True)
class Quoted:
    """What it says, who wrote it, and where it is."""

    title: str = ""
    text: str = ""
    author: str = ""
    link: str = ""


def quoted(payload: dict[str, Any]) -> Quoted:
    """Its parts, as far as they are there; the title is its subject or its first line."""
    text = _text(part(payload, "body")) or "\n".join(_texts_in_cards(payload))
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line), "")
    link = as_text(payload.get("linkToMessage"))
    return Quoted(
        title=as_text(payload.get("subject")) or first or as_text(payload.get("summary")),
        text=text,
        author=_author(part(payload, "from")),
        link=link if link.startswith("https://") else "",
    )


def _text(body: dict[str, Any]) -> str:
    text = as_text(body.get("content"))[:MAX_CHARS]
    return text.strip() if body.get("contentType") == "text" else words_of(text)


def _author(sender: dict[str, Any]) -> str:
    names = (as_text(part(sender, kind).get("displayName")) for kind in ("user", "application"))
    return next((name for name in names if name), "")


def _texts_in_cards(payload: dict[str, Any]) -> Iterator[str]:
    """What a machine wrote into cards, in the order in which it is read."""
    attachments = payload.get("attachments")
    for row in attachments[:MAX_CARDS] if isinstance(attachments, list) else []:
        content = row.get("content") if isinstance(row, dict) else None
        try:
            card = orjson.loads(content) if isinstance(content, str) else content
        except orjson.JSONDecodeError:
            continue
        yield from _texts(card)


def _texts(card: Any) -> Iterator[str]:
    waiting, left = [card], MAX_PARTS
    while waiting and left:
        node, left = waiting.pop(), left - 1
        if isinstance(node, dict):
            shown = (node.get(name) for name in TEXT_FIELDS)
            yield from (text for text in shown if isinstance(text, str) and text)
            waiting.extend(reversed([v for v in node.values() if isinstance(v, dict | list)]))
        elif isinstance(node, list):
            waiting.extend(reversed(node[:MAX_PARTS]))
