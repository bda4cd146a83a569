"""Decode a body to a tree of values: JSON, JSON Lines, form, XML or mail."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from integrations.decoding import multipart, xml
from integrations.decoding.json_repair import repaired
from integrations.decoding.mime import RFC822, parse
from integrations.errors import UnreadableBody
from opsportal.lib.charsets import encoding_of
from opsportal.lib.text import clean_surrogates

UNREADABLE = object()  # In place of the values of a body that cannot be decoded.
MAX_DEPTH = 100
MAX_FIELDS = 10_000
MAX_DIGITS = 4000
MAX_LINES = 10_000
# One JSON value on each line; text/plain is what some call it, and is looked at anyway.
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

# orjson reads an integer past 64 bits as a float, and two ids would become one.
LONG_NUMBER = re.compile(rb"\d{20}")
HALF_SURROGATE = re.compile(rb"u[dD][89a-fA-F]")
QUOTED = re.compile(rb"%([0-9A-Fa-f]{2})")
CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)
TOO_DEEP = f"the JSON is nested more than {MAX_DEPTH} levels deep"


def decode(body: bytes, content_type: str = "", query: Mapping[str, str] | None = None) -> Any:
    """The values in the body, whatever the content type claims. Raises UnreadableBody.

    An empty body is {} if there is a query, which carries the message; else an error.
    """
    body = bytes(body)
    kind = content_type.partition(";")[0].strip().lower()
    if not body.strip():
        if query:
            return {}
        raise UnreadableBody("the body is empty")
    if kind in READERS:
        return READERS[kind](body, content_type)
    # Scripts post JSON and XML with curl's default content type, which says form.
    if kind == "application/x-www-form-urlencoded" and not _begins_with(body, b"{[<"):
        return _form(body)
    if _begins_with(body, b"<"):
        return xml.parse(body, _said_encoding(content_type))
    return _json_or_lines(body, _encoding(body, content_type))


def _json_or_lines(body: bytes, encoding: str) -> Any:
    try:
        return read_json(body, encoding)
    except UnreadableBody as error:
        # Several values, one a line: what goes wrong then is where the second begins.
        if isinstance(error.__cause__, json.JSONDecodeError) and "Extra data" in f"{error}":
            try:
                return _lines(body)
            except UnreadableBody:
                raise error from None
        raise


def _lines(body: bytes) -> list[Any]:
    """A list of the values that stand on the lines, also where it is a single one."""
    rows = [line for line in body.splitlines() if line.strip()]
    if len(rows) > MAX_LINES:
        raise UnreadableBody(f"there are more than {MAX_LINES} lines")
    return [read_json(row) for row in rows]


def read_json(body: bytes, encoding: str = "utf-8") -> Any:
    """The value that a text is, read as tolerantly as a body. Raises UnreadableBody."""
    if not LONG_NUMBER.search(body):
        try:
            tree = orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
        else:
            check_depth(tree)
            return tree
    tree = _tolerant(body, encoding)
    check_depth(tree)
    return _without_surrogates(tree) if HALF_SURROGATE.search(body) else tree


def _without_surrogates(node: Any) -> Any:
    """Half a surrogate can be neither stored nor shown, as a name no more than as a value."""
    if isinstance(node, str):
        return clean_surrogates(node)
    if isinstance(node, list):
        return [_without_surrogates(value) for value in node]
    if isinstance(node, dict):
        return {clean_surrogates(name): _without_surrogates(one) for name, one in node.items()}
    return node


def _tolerant(body: bytes, encoding: str) -> Any:
    """What a strict reader refuses and a page should not be lost for: a BOM, a raw line break in
    a text, half a surrogate, another encoding, a number of any size, NaN (null), and what
    `repaired` mends."""
    text = body.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        mended = repaired(text) if text.lstrip()[:1] in ("{", "[") else text
        if mended == text:
            raise UnreadableBody(_say(error, text, body)) from error
    try:
        return _loads(mended)
    except json.JSONDecodeError as error:
        raise UnreadableBody(_say(error, mended, body)) from error


def _loads(text: str) -> Any:
    """Raises JSONDecodeError, or UnreadableBody where it is nested too deep."""
    try:
        return json.loads(
            text,
            strict=False,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=lambda name: None,
        )
    except RecursionError as error:
        raise UnreadableBody(TOO_DEEP) from error


def _encoding(body: bytes, content_type: str) -> str:
    return _said_encoding(content_type) or json.detect_encoding(body)


def _said_encoding(content_type: str) -> str | None:
    said = CHARSET.search(content_type)
    return encoding_of(said[1]) if said else None


def _say(error: json.JSONDecodeError, text: str, body: bytes) -> str:
    if not _is_text(body):
        return f"the body is no text: it begins with the bytes {body[:8].hex(' ')}"
    near = text[error.pos : error.pos + 20].split("\n", 1)[0]
    where = f"line {error.lineno}, column {error.colno}"
    if text.lstrip()[:1] not in {"{", "[", '"'}:
        return f"the body is neither JSON nor a form: it begins with “{text.lstrip()[:20]}”"
    told = f", before “{near}”" if near else ", at the end of the body"
    return f"the JSON is broken at {where}{told}: {error.msg}"


def _is_text(body: bytes) -> bool:
    """Whether a person could read it; what only looks like UTF-16 is none."""
    return json.detect_encoding(body).startswith("utf-8") and b"\x00" not in body


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= MAX_DIGITS else text


def _float(text: str) -> float | str:
    number = float(text)
    return text if math.isinf(number) else number


def check_depth(tree: Any) -> None:
    """Raise UnreadableBody for a tree of more than 100 levels."""
    level, depth = _containers([tree]), 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise UnreadableBody(TOO_DEEP)
        level = [
            child
            for node in level
            for child in _containers(node.values() if type(node) is dict else node)
        ]


def _containers(nodes: Iterable[Any]) -> list[Any]:
    return [node for node in nodes if type(node) is dict or type(node) is list]


def _begins_with(body: bytes, signs: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {bytes([sign]) for sign in signs}


def _form(body: bytes) -> dict[str, Any]:
    if body.count(b"&") >= MAX_FIELDS:
        raise UnreadableBody(f"the form has more than {MAX_FIELDS} fields")
    pairs = (row.partition(b"=") for row in body.split(b"&") if row)
    return _gather((_unquoted(name), _unquoted(value)) for name, _, value in pairs)


def _unquoted(text: bytes) -> str:
    """As ``urllib.parse.unquote_plus``, which takes 190 bytes of memory for each ``%``."""
    raw = QUOTED.sub(lambda hit: bytes.fromhex(hit[1].decode()), text.replace(b"+", b" "))
    return raw.decode("utf-8", "replace")


# What is read by its type alone, whatever it begins with.
READERS: dict[str, Callable[[bytes, str], Any]] = {
    RFC822: lambda body, _: parse(body),
    "multipart/form-data": lambda body, kind: _gather(multipart.fields(body, kind)),
    **dict.fromkeys(LINES, lambda body, _: _lines(body)),
}


def _gather(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A field that comes several times is a list."""
    found: dict[str, Any] = {}
    for name, value in fields:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
