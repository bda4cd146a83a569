"""Names of form fields with dots, such as ``fields.subject.0.text``, as a tree and back."""

from collections.abc import Iterable
from typing import Any

from opsportal.lib.pages import parse_index
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


ROW_ACTIONS = ("add:", "remove:", "up:", "down:")


def arrange(tree: Tree, do: str) -> None:
    """Apply a row button to the tree: ``add:tags``, ``remove:tags.2``, ``up:overrides.1``.

    A button that names no list or no row of one changes nothing.
    """
    action, _, name = do.partition(":")
    *way, last = name.split(".")
    node: Any = tree
    for part in way:
        node = _child(node, part)
    if action == "add":
        _append_row(node, last)
    elif isinstance(node, list):
        index = parse_index(last, len(node))
        if index is not None:
            _move_row(node, index, action)


def _append_row(node: Any, name: str) -> None:
    if isinstance(node, dict) and isinstance(node.setdefault(name, []), list):
        node[name].append({})


def _move_row(found: list[Any], index: int, action: str) -> None:
    if action == "remove":
        del found[index]
    other = index + {"up": -1, "down": 1}.get(action, 0)
    if action in {"up", "down"} and 0 <= other < len(found):
        found[index], found[other] = found[other], found[index]


def _child(node: Any, part: str) -> Any:
    if isinstance(node, list):
        index = parse_index(part, len(node))
        return None if index is None else node[index]
    return node.setdefault(part, {}) if isinstance(node, dict) else None
