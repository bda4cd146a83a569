"""A message as indented, highlighted HTML, in which everything is escaped."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from integrations.inbound.redaction import redact_text, redact_tree

MAX_CHARS = 200_000
TOKEN = re.compile(
    # A text without an end is plain; were it no token, each quote in it would be tried.
    r'(?P<key>"(?:[^"\\]|\\.)*+")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*+")|'
    r'(?P<open>"(?:[^"\\]|\\.)*+)|'
    r"(?P<word>\b(?:true|false|null)\b)|(?P<number>-?\d[\d.eE+-]*)"
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def pretty(tree: Any, secrets: Sequence[str] = ()) -> str:
    """Indented JSON with secrets masked."""
    return cut(json.dumps(redact_tree(tree, secrets), ensure_ascii=False, indent=2))


def plain(body: bytes, secrets: Sequence[str] = ()) -> str:
    """A body that is no JSON and no form, as text; bytes that are no text are shown as such."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body[:2000].decode("utf-8", "backslashreplace")
    return cut(redact_text(text, secrets))


def cut(text: str) -> str:
    """At most 200,000 characters, and how many are left out."""
    text = CONTROL.sub("�", text)
    left = len(text) - MAX_CHARS
    return text if left <= 0 else f"{text[:MAX_CHARS]}\n… and {left:,} more characters"


def highlight(text: str) -> SafeString:
    """JSON as HTML with a class for each kind; everything in it is escaped."""
    parts: list[str] = []
    position = 0
    for match in TOKEN.finditer(text):
        parts.append(escape(text[position : match.start()]))
        shown = escape(match.group())
        is_open = match.lastgroup == "open"
        parts.append(shown if is_open else f'<span class="json__{match.lastgroup}">{shown}</span>')
        position = match.end()
    parts.append(escape(text[position:]))
    # Each part was escaped above.
    return mark_safe("".join(parts))  # noqa: S308
