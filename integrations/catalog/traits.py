"""What a message is made of: the keys of its body, short words, headers, parameters.

Two messages of a tool share most of their traits, and its rarest ones with no other tool.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from integrations.mapping.rules import Received

MAX_TRAITS = 3000
MAX_DEPTH = 12
MAX_ITEMS = 5  # of a list: the others are alike
MAX_TEXT_CHARS = 100_000  # of JSON inside a text
WORD = re.compile(r"[A-Za-z][A-Za-z_.:/ -]{1,40}")
AFTER_PRODUCT = re.compile(r"[/ (]")  # in a User-Agent

KEY, VALUE, HEADER, PARAMETER = "key ", "value ", "header ", "parameter "


def traits_of(received: Received) -> frozenset[str]:
    """The traits of a message, at most MAX_TRAITS, as ``key .alerts[].status``."""
    found: set[str] = set()
    for trait in _all(received):
        found.add(trait)
        if len(found) == MAX_TRAITS:
            break
    return frozenset(found)


def _all(received: Received) -> Iterator[str]:
    for name, value in received.headers.items():
        yield f"{HEADER}{name.lower()}"
        if name.lower() == "user-agent":
            yield f"{HEADER}user-agent={AFTER_PRODUCT.split(value.lower(), 1)[0]}"
    yield from (f"{PARAMETER}{name}" for name in received.query)
    if isinstance(received.body, list):
        yield f"{KEY}[]"
    yield from _in(received.body, "", 0)


def _in(node: Any, place: str, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        return
    if isinstance(node, str):
        if WORD.fullmatch(node):
            yield f"{VALUE}{place}={node.casefold()}"
        node = _opened(node)
    if isinstance(node, dict):
        for key, value in node.items():
            inner = f"{place}.{key}"
            yield f"{KEY}{inner}"
            yield from _in(value, inner, depth + 1)
    elif isinstance(node, list):
        for value in node[:MAX_ITEMS]:
            yield from _in(value, f"{place}[]", depth + 1)


def _opened(text: str) -> Any:
    """What a text holds that is JSON itself; the text where it is none."""
    if text[:1] not in ("{", "[") or len(text) > MAX_TEXT_CHARS:
        return text
    try:
        return orjson.loads(text)
    except ValueError:
        return text
