"""A message as a tree of values, each with the path that a rule would write for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from integrations.mapping.paths import Scope
from integrations.mapping.rules import Received, Rules
from integrations.mapping.variants import Variant
from opsportal.lib.text import as_text

MAX_NODES = 600
MAX_DEPTH = 12
SPECIAL = ".^[\\"


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree: a value with its path, or a name with what is below it."""

    name: str
    path: str
    depth: int
    text: str
    kind: str


def seen_by(rules: Rules, received: Received) -> tuple[Variant | None, Scope]:
    """The variant that reads the message, and the message as it sees it."""
    body = received.body
    for step in rules.decode:
        body = step.apply(body, received.query)
    scope = Scope(body, body, received.headers, received.query, at=received.at)
    for variant in rules.variants:
        if (inner := variant.match(scope)) is not None:
            return variant, inner
    return None, scope


def nodes(body: Any, received: Received, variant: Variant | None) -> list[Node]:
    """The body, then the headers and the query, in the order in which they stand there."""
    each = [path.text for path in variant.each] if variant else []
    found: list[Node] = []
    for node in _walk(body, "", 0, each):
        found.append(node)
        if len(found) >= MAX_NODES:
            return found
    for root, pairs in (("$header", received.headers), ("$query", received.query)):
        # What is not compared by anybody would only be in the way.
        told = [(k, v) for k, v in pairs.items() if root == "$query" or k.startswith("x-")]
        if told:
            found.append(Node(root, "", 0, "", "branch"))
        found += [Node(k, f"{root}.{escape(k)}", 1, v, "text") for k, v in told]
    return found


def escape(key: str) -> str:
    """A key of an object as one part of a path."""
    if key == "*":
        return "\\*"
    written = "".join(f"\\{sign}" if sign in SPECIAL else sign for sign in key)
    return f"\\{written}" if written.startswith("$") else written


def _walk(node: Any, path: str, depth: int, each: list[str]) -> Iterator[Node]:
    if depth > MAX_DEPTH:
        return
    inner = (
        [(str(key), escape(str(key)), value) for key, value in node.items()]
        if isinstance(node, dict)
        else [(str(place), str(place), value) for place, value in enumerate(node)]
        if isinstance(node, list)
        else []
    )
    for name, part, value in inner:
        if not part.strip():
            continue  # No path leads to a key without a name.
        way = f"{path}.{part}" if path else part
        is_branch = isinstance(value, dict | list) and bool(value)
        kind = "branch" if is_branch else "text" if isinstance(value, str) else "word"
        yield Node(name, _seen_from(way, each), depth, "" if is_branch else _say(value), kind)
        if is_branch:
            yield from _walk(value, way, depth + 1, each)


def _seen_from(way: str, each: list[str]) -> str:
    """Paths start at an item of the list where there is one, and at the message elsewhere."""
    for written in each:
        holder = written.replace("^", ".").removeprefix("$.").removeprefix("$")
        rest = way.removeprefix(f"{holder}.") if holder else way
        if rest != way or not holder:
            place, _, inner = rest.partition(".")
            if place.isdecimal():
                return inner
    return f"$.{way}" if each else way


def _say(value: Any) -> str:
    return "null" if value is None else as_text(value) or ("“”" if value == "" else str(value))
