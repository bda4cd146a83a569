"""A mail (RFC 5322) as the tree of values that rules read."""

import re
from email.message import Message
from typing import Any

from integrations.decoding import html_text, mime_headers
from integrations.decoding.mime_parts import Leaf, attempt, leaves, read
from integrations.errors import UnreadableBody
from opsportal.lib.text import clean

RFC822 = "message/rfc822"
MAX_TEXT_CHARS = 100_000
MAX_HEADERS = 60
MAX_HEADER_CHARS = 2000
MAX_LISTED = 50
HEADER = re.compile(rb"\A\s*(?:From [^\n]*\n)?[!-9;-~]{1,100}:")
# Where a mail says to whom it was handed, apart from whom it is addressed to.
DELIVERY_HEADERS = ("delivered-to", "x-original-to", "envelope-to")


def parse(raw: bytes) -> dict[str, Any]:
    """The fields of a mail that ``docs/mapping.md`` lists. Raises UnreadableBody."""
    if not HEADER.match(raw):
        raise UnreadableBody("this is no mail: it does not begin with a header")
    message, problem = read(raw)
    lines = _lines(message)
    found = list(leaves(message))
    body = _body(found)
    attached = [leaf for leaf in found if leaf.is_attachment]
    name, sender = next(iter(_people(lines, "from")), ("", ""))
    return {
        "subject": mime_headers.header_text(_first(lines, "subject")),
        "from": sender,
        "from_name": name,
        "to": _addresses(lines, "to"),
        "cc": _addresses(lines, "cc"),
        "recipients": _addresses(lines, *DELIVERY_HEADERS, "to", "cc"),
        "date": mime_headers.moment(_first(lines, "date")) if "date" in lines else "",
        "message_id": message_id(message),
        "in_reply_to": mime_headers.header_text(_first(lines, "in-reply-to")).strip("<> ")[:500],
        "priority": mime_headers.priority(
            {k: mime_headers.header_text(v[0]) for k, v in lines.items()}
        ),
        "text": clean(body)[:MAX_TEXT_CHARS].strip(),
        "content_type": attempt(message.get_content_type, "text/plain"),
        "headers": _shown(lines),
        "attachments": [leaf.listed() for leaf in attached[:MAX_LISTED]],
        "attachment_count": len(attached),
    } | ({"problem": problem} if problem else {})


def message_id(message: Message) -> str:
    """The id that the sender's system gave the mail; '' where it has none."""
    raw = _first(_lines(message), "message-id")
    return mime_headers.header_text(raw).strip("<> ")[:500]


def _body(found: list[Leaf]) -> str:
    """The plain text, or the HTML as text where there is no other."""
    texts = [leaf for leaf in found if not leaf.is_attachment]
    for kind, read_it in (("text/plain", str), ("text/html", html_text.text_of)):
        for leaf in texts:
            if leaf.type == kind and (text := read_it(leaf.text())).strip():
                return text
    return ""


def _lines(message: Message) -> dict[str, list[str]]:
    """The raw header lines by their names in lower case."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(mime_headers.plain(name).lower(), []).append(str(value))
    return found


def _first(lines: dict[str, list[str]], name: str) -> str:
    return lines.get(name, [""])[0]


def _people(lines: dict[str, list[str]], name: str) -> list[tuple[str, str]]:
    return [pair for raw in lines.get(name, [])[:10] for pair in mime_headers.addresses(raw)]


def _addresses(lines: dict[str, list[str]], *names: str) -> list[str]:
    return list(dict.fromkeys(address for name in names for _, address in _people(lines, name)))


def _shown(lines: dict[str, list[str]]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, raw in list(lines.items())[:MAX_HEADERS]:
        values = [mime_headers.header_text(value)[:MAX_HEADER_CHARS] for value in raw[:20]]
        shown[clean(name)[:100]] = values[0] if len(values) == 1 else values
    return shown
