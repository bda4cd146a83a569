"""Paths into a message: ``alerts.0.labels.name``, ``ticket^status^name``, ``$header.x-event``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opsportal.lib.text import as_text, is_empty

SEPARATORS = ".^"
ROOTS = {"$": "body", "$header": "headers", "$query": "query", "$each": "origin"}
MAX_LENGTH = 1000


class PathError(ValueError):
    """The text is no path; the message says why and how to mend it."""


@dataclass(slots=True)
class Scope:
    """Where paths start: one item of a message, and the message around it; ``at`` is when it came,
    where that is known."""

    item: Any
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an object, or one place in a list."""

    name: str
    index: int | None = None

    def of(self, node: Any) -> tuple[Any, ...]:
        if type(node) is dict:
            return (node[self.name],) if self.name in node else ()
        if self.index is not None and type(node) is list and self.index < len(node):
            return (node[self.index],)
        return ()


@dataclass(frozen=True, slots=True)
class Each:
    """Everything in a list, or every value of an object."""

    def of(self, node: Any) -> list[Any]:
        if type(node) is list:
            return node
        return list(node.values()) if type(node) is dict else []


@dataclass(frozen=True, slots=True)
class Lookup:
    """The first object of a list in which ``label`` has this text."""

    label: str
    text: str

    def of(self, node: Any) -> tuple[Any, ...]:
        for entry in node if type(node) is list else ():
            if type(entry) is dict and as_text(entry.get(self.label)) == self.text:
                return (entry,)
        return ()


Step = Key | Each | Lookup


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path. It never raises: what is not there is no hit."""

    text: str
    root: str
    steps: tuple[Step, ...]
    is_many: bool

    def hits(self, scope: Scope) -> list[Any]:
        """Everything the path leads to, null included; [] when it leads nowhere."""
        nodes = [getattr(scope, self.root)]
        for step in self.steps:
            nodes = [child for node in nodes for child in step.of(node)]
            if not nodes:
                break
        return nodes

    def value(self, scope: Scope) -> Any:
        """What the path leads to, or None; a list of all that is not empty if it has a ``*``."""
        nodes = self.hits(scope)
        if self.is_many:
            return [node for node in nodes if not is_empty(node)] or None
        return nodes[0] if nodes else None

    def read(self, scope: Scope) -> str:
        """The same as text; several hits are joined with commas."""
        value = self.value(scope)
        if self.is_many and value is not None:
            return ", ".join(as_text(node) for node in value)
        return as_text(value)


def parse(text: str) -> Path:
    """The path that is written like this; PathError when it cannot be one."""
    if not isinstance(text, str) or not text.strip():
        raise PathError("the path is empty: name a key of the message")
    if len(text) > MAX_LENGTH:
        raise PathError(f"the path is longer than {MAX_LENGTH} characters")
    text = text.strip()
    root, steps = "item", _Scanner(text).parts()
    if text.startswith("$"):
        root, steps = _rooted(text, steps)
    return Path(text, root, tuple(steps), any(isinstance(step, Each) for step in steps))


def _rooted(text: str, parts: list[Step]) -> tuple[str, list[Step]]:
    first, rest = parts[0], parts[1:]
    name = first.name.lower() if isinstance(first, Key) else ""
    if name not in ROOTS:
        known = ", ".join(ROOTS)
        raise PathError(f"“{text}” starts with a $, but with none of {known}")
    if name == "$header":
        rest = [Key(step.name.lower()) if isinstance(step, Key) else step for step in rest]
    if name in {"$header", "$query"} and not rest:
        raise PathError(f"“{text}” lacks a name: write {name}.some-name")
    return ROOTS[name], rest


class _Scanner:
    """Reads a path from left to right, one character at a time."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def parts(self) -> list[Step]:
        found: list[Step] = []
        while True:
            found += self._segment()
            if self.at >= len(self.text):
                return found
            self.at += 1  # the separator

    def _segment(self) -> list[Step]:
        start = self.at
        name, is_escaped = self._name()
        found: list[Step] = [_step(name, is_escaped)] if name or is_escaped else []
        while self._peek() == "[":
            found.append(self._bracket())
        if not found:
            raise self._error("there is an empty name", start)
        if self._peek() not in {"", *SEPARATORS}:
            raise self._error("after ] comes a dot, a caret or the end", self.at)
        return found

    def _name(self) -> tuple[str, bool]:
        return self._until("[" + SEPARATORS)

    def _bracket(self) -> Step:
        start = self.at
        self.at += 1
        content, is_escaped = self._until("]")
        if self._peek() != "]":
            raise self._error("the [ is not closed by a ]", start)
        self.at += 1
        label, sign, wanted = content.partition("=")
        if sign and label.strip():
            return Lookup(label.strip(), wanted.strip())
        if content == "*" or content.isdecimal():
            return _step(content, is_escaped)
        raise self._error("between [ and ] stands a number, * or label=value", start)

    def _until(self, stops: str) -> tuple[str, bool]:
        found, is_escaped = [], False
        while (sign := self._peek()) and sign not in stops:
            if sign == "\\":
                self.at += 1
                is_escaped = True
                if not (sign := self._peek()):
                    raise self._error("it ends with a backslash; write \\\\ for one", self.at - 1)
            found.append(sign)
            self.at += 1
        return "".join(found), is_escaped

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _error(self, message: str, at: int) -> PathError:
        return PathError(f"“{self.text}”, character {at + 1}: {message}")


def _step(name: str, is_escaped: bool) -> Step:
    if is_escaped:
        return Key(name)
    if name == "*":
        return Each()
    is_index = name.isascii() and name.isdecimal() and len(name) < 10
    return Key(name, int(name) if is_index else None)
