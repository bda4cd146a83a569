"""What an event carries besides its fields: tags, custom fields, links, recipients."""

import re
from dataclasses import dataclass, replace
from typing import Any

from integrations.mapping.paths import Scope
from integrations.mapping.values import Problems, Value, compile_value, read_whole
from opsportal.lib.text import as_text, clean, is_empty

MAX_ATTRIBUTES = 100
MAX_NAME = 255
MAX_TEXT = 1024
MAX_LINKS = 20
MAX_RECIPIENTS = 50
MAX_URL = 2048
MAX_NUMBER = 2**53 - 1
MAX_DEPTH = 5

SPREAD = "*"
LABELS = ("key", "name", "label", "title", "field")
LINK_KEYS = {"href", "text", "each"}
# No part of a name is empty: what was not filled in leaves “https://.example.com”.
HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[^\s.:\[\]]+(?:\.[^\s.:\[\]]+)*\.?)(?::\d*)?", re.IGNORECASE)
SEPARATOR = re.compile(r"[,;\n]")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Attributes:
    """Named values: each a rule of its own, and ``*`` for all that an object holds.

    ``keeps_types``: what ``*`` takes stays a number, a boolean, a list or a table; all else is
    text.
    """

    named: tuple[tuple[str, Value], ...]
    spread: tuple[Value, ...]
    keeps_types: bool = False

    def read(self, scope: Scope) -> dict[str, Any]:
        """Name to value, without what is empty. A rule of its own wins over the spread."""
        found: dict[str, Any] = {}
        for value in self.spread:
            raw = value.raw(scope)
            rows = typed_pairs(raw) if self.keeps_types else pairs(raw)
            found |= dict(rows[:MAX_ATTRIBUTES])
        found |= {name: value.read(scope) for name, value in self.named}
        kept = [
            (name[:MAX_NAME], one[:MAX_TEXT] if isinstance(one, str) else one)
            for name, one in found.items()
            if not is_empty(one)
        ]
        return dict(kept[:MAX_ATTRIBUTES])


@dataclass(frozen=True, slots=True)
class Link:
    """One link, or one for each entry of a list."""

    href: Value
    text: Value | None
    each: Value | None

    def read(self, scope: Scope) -> list[Pair]:
        found = []
        for inner in self.scopes(scope):
            if href := web_address(read_whole(self.href, inner)):
                text = self.text.read(inner) if self.text else ""
                found.append((text[:MAX_NAME] or href, href))
        return found

    def scopes(self, scope: Scope) -> list[Scope]:
        """Where its paths start: at each entry of the list, or where all others do."""
        if self.each is None:
            return [scope]
        return [replace(scope, item=item) for item in _items(self.each.raw(scope))[:MAX_LINKS]]


def pairs(value: Any) -> list[Pair]:
    """Names and texts out of the ways in which tools write labels."""
    if isinstance(value, dict):
        return [(as_text(name), as_text(one)) for name, one in value.items() if as_text(name)]
    if isinstance(value, str) and value.strip():
        found = [pair for part in SEPARATOR.split(value) if (pair := _pair(part))]
        is_prose = any(" " in name for name, _ in found)
        return [("details", as_text(value))] if is_prose else found
    if isinstance(value, list):
        return [pair for part in value if (pair := _pair(part))]
    return []


def typed_pairs(value: Any) -> list[tuple[str, Any]]:
    """The same with values as they are; what has no names at all is called ``details``."""
    if isinstance(value, dict):
        return [(as_text(name), as_json(one)) for name, one in value.items() if as_text(name)]
    if isinstance(value, bool | int | float) or (
        isinstance(value, list) and not any(map(_is_named, value))
    ):
        return [("details", as_json(value))]
    return list(pairs(value))


def as_json(value: Any) -> Any:
    """The value as it is, if it can be kept so and is short; else its text.

    A number that JSON cannot carry from program to program (RFC 8259, section 6) is text.
    """
    text = as_text(value)
    if isinstance(value, str) or len(text) > MAX_TEXT or not _is_plain(value):
        return text
    return value


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Whether database, API and pages take it: not nested deep, with numbers and texts of JSON."""
    if isinstance(value, dict):
        inner: list[Any] = [*value, *value.values()]
    elif isinstance(value, list):
        inner = value
    elif isinstance(value, str):
        return clean(value) == value
    else:
        is_number = isinstance(value, int | float) and abs(value) <= MAX_NUMBER
        return value is None or isinstance(value, bool) or is_number
    return depth < MAX_DEPTH and all(_is_plain(one, depth + 1) for one in inner)


def _is_named(part: Any) -> bool:
    if isinstance(part, dict):
        return any(label in part for label in LABELS)
    is_pair = isinstance(part, list) and len(part) == 2 and isinstance(part[0], str)
    return is_pair or (isinstance(part, str) and any(sign in part for sign in ":="))


def names(value: Any) -> tuple[str, ...]:
    """Who is meant: a list, or a text with commas, semicolons or lines."""
    parts = value if isinstance(value, list) else SEPARATOR.split(as_text(value))
    texts = [as_text(part)[:MAX_NAME] for part in parts]
    return tuple(dict.fromkeys(text for text in texts if text))[:MAX_RECIPIENTS]


def web_address(text: str) -> str:
    """The address if a browser may be sent there, else nothing: a cut address leads astray."""
    scheme, _, rest = text.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    is_web = scheme.lower() in {"http", "https"} and HOST.fullmatch(host) is not None
    is_plain = not any(sign.isspace() or sign in '<>"' for sign in text)
    return text if is_web and is_plain and len(text) <= MAX_URL else ""


def compile_attributes(
    raw: Any, where: str, problems: Problems, *, keeps_types: bool = False
) -> Attributes:
    """The rules of ``tags`` or ``custom``."""
    if not isinstance(raw, dict):
        problems.append((where, "write a table: name = path"))
        return Attributes((), ())
    named, spread = [], []
    for name, one in raw.items():
        value = compile_value(one, f"{where}.{name}", problems)
        if value is not None and name == SPREAD:
            spread.append(value)
        elif value is not None:
            named.append((as_text(name), value))
    return Attributes(tuple(named), tuple(spread), keeps_types)


def compile_links(raw: Any, where: str, problems: Problems) -> tuple[Link, ...]:
    """The rules of ``links``."""
    rows = raw if isinstance(raw, list) else [raw]
    links = (_link(row, f"{where}[{i}]", problems) for i, row in enumerate(rows))
    return tuple(link for link in links if link)


def _link(raw: Any, where: str, problems: Problems) -> Link | None:
    if not isinstance(raw, dict) or "href" not in raw or raw.keys() - LINK_KEYS:
        problems.append((where, "write {href = …, text = …}, and each = … for a list of links"))
        return None
    values = {key: compile_value(one, f"{where}.{key}", problems) for key, one in raw.items()}
    if values["href"] is None:
        return None
    return Link(values["href"], values.get("text"), values.get("each"))


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _pair(part: Any) -> Pair | None:
    if isinstance(part, dict):
        name = next((as_text(part[label]) for label in LABELS if label in part), "")
        return (name, as_text(part.get("value"))) if name else None
    if isinstance(part, list) and len(part) == 2:
        return (as_text(part[0]), as_text(part[1])) if as_text(part[0]) else None
    written = as_text(part)
    sign = next((sign for sign in written if sign in ":="), "")
    name, _, text = written.partition(sign) if sign else (written, "", "true")
    return (name.strip(), text.strip()) if name.strip() else None
