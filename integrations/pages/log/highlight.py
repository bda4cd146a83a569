"""A message as indented, highlighted HTML, in which everything is escaped."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from integrations.inbound.redaction import redact_text, redact_tree
from opsportal.lib.text import as_text

MAX_CHARS = 200_000
MAX_VALUES = 5_000
MAX_DEPTH = 100
MAX_INTEGER_BITS = 14_000  # 4,200 digits
TOKEN = re.compile(
    # A text without an end is plain; were it no token, each quote in it would be tried.
    r'(?P<key>"(?:[^"\\]|\\.)*+")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*+")|'
    r'(?P<open>"(?:[^"\\]|\\.)*+)|'
    r"(?P<word>\b(?:true|false|null)\b)|(?P<number>-?\d[\d.eE+-]*)"
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def pretty(tree: Any, secrets: Sequence[str] = ()) -> str:
    """Indented JSON with secrets masked; at most 5,000 values of 100 levels, and what is cut."""
    whole = Pruning()
    text = cut(json.dumps(redact_tree(whole.of(tree), secrets), ensure_ascii=False, indent=2))
    return text + (f"\n… only the first {MAX_VALUES:,} values are shown" if whole.is_cut else "")


class Pruning:
    """Copies of trees that can be written as JSON, with ``MAX_VALUES`` values in all.

    Indented, a value takes as much room as it is deep, and time as much as it takes room.
    """

    def __init__(self) -> None:
        self.left = MAX_VALUES
        self.is_cut = False

    def of(self, node: Any, depth: int = 0) -> Any:
        self.left -= 1
        if not isinstance(node, dict | list):
            is_json = isinstance(node, str | float | bool | None) or _is_short(node)
            return node if is_json else as_text(node)
        if depth >= MAX_DEPTH and node:
            return "…"
        if isinstance(node, list):
            return [self.of(value, depth + 1) for value in self._first(node)]
        return {str(name): self.of(node[name], depth + 1) for name in self._first(node)}

    def _first(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if self.left <= 0:
                self.is_cut = True
                return
            yield value


def _is_short(node: Any) -> bool:
    """Python refuses to write longer integers in decimal."""
    return isinstance(node, int) and node.bit_length() < MAX_INTEGER_BITS


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
