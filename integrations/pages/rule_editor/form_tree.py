"""Names of form fields with dots, such as ``fields.subject.0.text``, as a tree and back."""

from collections.abc import Iterable
from typing import Any

from opsportal.lib.text import clean

Tree = dict[str, Any]
MAX_DEPTH = 8


def nest(pairs: Iterable[tuple[str, str]]) -> Tree:
    """The tree that the names spell. Numbered parts are lists, in the order of their numbers."""
    root: Tree = {}
    for name, value in pairs:
        *way, last = name.split(".")
        if len(way) >= MAX_DEPTH:
            continue
        node: Any = root
        for part in way:
            node = node.setdefault(part, {}) if isinstance(node, dict) else None
        if isinstance(node, dict) and not isinstance(node.get(last), dict):
            # Browsers send the line breaks of a text area as CR LF.
            node[last] = clean(value.replace("\r\n", "\n"))
    return {key: _lists(value) for key, value in root.items()}


def table(tree: Any, name: str) -> Tree:
    """The part of this name where it is a table; else an empty one."""
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, dict) else {}


def rows(tree: Any, name: str) -> list[Tree]:
    """The rows of this name."""
    found = tree.get(name) if isinstance(tree, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def text(tree: Any, name: str) -> str:
    """The text of this name."""
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, str) else ""


def lines(value: str) -> list[str]:
    """What stands on lines of its own, without blank ones."""
    return [line.strip() for line in value.split("\n") if line.strip()]


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    inner = {key: _lists(value) for key, value in node.items()}
    if inner and all(key.isascii() and key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def arrange(tree: Tree, wish: str) -> None:
    """Do what a button asks: ``remove:custom_fields.2``, ``up:overrides.1``, ``add:tags``."""
    verb, _, name = wish.partition(":")
    *way, last = name.split(".")
    node: Any = tree
    for part in way:
        node = _child(node, part)
    place = int(last) if last.isascii() and last.isdecimal() else -1
    if not isinstance(node, list) or not 0 <= place < len(node):
        return
    if verb == "remove":
        del node[place]
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if verb in {"up", "down"} and 0 <= other < len(node):
        node[place], node[other] = node[other], node[place]


def _child(node: Any, part: str) -> Any:
    if isinstance(node, list):
        place = int(part) if part.isascii() and part.isdecimal() else -1
        return node[place] if 0 <= place < len(node) else None
    return node.get(part) if isinstance(node, dict) else None
