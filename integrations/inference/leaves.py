"""The single values of two messages, each with the path that leads to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from integrations.inference import vocabulary
from integrations.mapping import paths
from integrations.mapping.paths import PathError, Scope
from opsportal.lib.text import as_text

MAX_LEAVES = 2000
MAX_LIST_ENTRIES = 20
DEEPEST = 15
SPECIAL = re.compile(r"([.^\[\\])")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read a field. ``rule`` is what the rules would say; ``why`` says it to people."""

    rule: Any
    firing: str
    resolved: str
    why: str
    score: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A place that both messages have, with what stands there."""

    steps: Steps
    path: str
    firing: Any
    resolved: Any

    @property
    def texts(self) -> tuple[str, str]:
        return as_text(self.firing), as_text(self.resolved)

    @property
    def is_same(self) -> bool:
        first, second = self.texts
        return first == second and bool(first)

    @property
    def words(self) -> list[str]:
        """The words of its own name."""
        names = [step for step in self.steps if isinstance(step, str)]
        return words_of(names[-1]) if names else []

    @property
    def around(self) -> list[str]:
        """The words of the name that it stands under."""
        names = [step for step in self.steps if isinstance(step, str)]
        return words_of(names[-2]) if len(names) > 1 else []

    @property
    def is_of_many(self) -> bool:
        """Whether it stands under a name such as agent or tickettype, which many alerts share."""
        around = self.around if len(self.around) == 1 else []
        near = [*self.words, *around]
        return bool({*near} & vocabulary.SHARED) or any(word.endswith("type") for word in near)


def words_of(text: str) -> list[str]:
    """monitorID, monitor_id and monitor-id are the same two words."""
    return [word.lower() for word in WORD.findall(text)]


def pairs(firing: Any, resolved: Any) -> list[Pair]:
    """Every place that both trees have, in the order of the first."""
    others = dict(_leaves(resolved))
    return [place for place in everything(firing, resolved) if place.steps in others]


def everything(firing: Any, resolved: Any) -> list[Pair]:
    """Every place of the first tree, also where the second has nothing."""
    others = dict(_leaves(resolved))
    return [
        Pair(steps, path, value, others.get(steps))
        for steps, value in _leaves(firing)
        if _leads(path := write(steps), firing, value)
    ]


def write(steps: Steps) -> str:
    """The path as people write it."""
    texts = [SPECIAL.sub(r"\\\1", step) if isinstance(step, str) else str(step) for step in steps]
    text = ".".join("\\*" if text == "*" else text for text in texts)
    return "\\" + text if text.startswith("$") else text


def _leads(path: str, tree: Any, value: Any) -> bool:
    """A few names cannot be written as a path: these places are left out."""
    if "<" in path or ">" in path:
        return False
    try:
        hits = paths.parse(path).hits(Scope(tree, tree))
    except PathError:
        return False
    return len(hits) == 1 and hits[0] is value


def _leaves(tree: Any) -> list[tuple[Steps, Any]]:
    found = []
    for leaf in _walk(tree, ()):
        found.append(leaf)
        if len(found) >= MAX_LEAVES:
            break
    return found


def _walk(node: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    children: list[tuple[str | int, Any]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = list(enumerate(node[:MAX_LIST_ENTRIES]))
    elif steps:
        yield steps, node
    if len(steps) < DEEPEST:
        for step, child in children:
            yield from _walk(child, (*steps, step))
