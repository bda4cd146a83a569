"""A message as indented JSON with marks: the values of key, status, subject and so on."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from integrations.inbound.redaction import redact_tree
from integrations.inference.choice import PLAIN, Choice
from integrations.inference.leaves import DEEPEST, Steps, write
from integrations.mapping.values import TOKEN
from integrations.pages.log.highlight import cut

MAX_LINES = 1500
ROLES = ("key", "status", *PLAIN)


def highlight(tree: Any, choice: Choice, secrets: tuple[str, ...] = ()) -> SafeString:
    """The message as HTML, at most 1,500 lines; values are escaped and secrets masked."""
    marks = _marks(choice)
    lines = []
    for line in _lines(redact_tree(tree, secrets), (), "", marks, choice.each):
        lines.append(line)
        if len(lines) >= MAX_LINES:
            lines.append(format_html("… only the first {} lines are shown", MAX_LINES))
            break
    # Each line was escaped where it was made.
    return mark_safe("\n".join(lines))  # noqa: S308


def paths_of(rule: Any) -> list[str]:
    """The paths that a rule reads."""
    if isinstance(rule, dict):
        return paths_of(rule.get("path", ""))
    if not isinstance(rule, str) or not rule:
        return []
    found = TOKEN.findall(rule) or [rule]
    return [path.strip().removeprefix("$.") for path in found]


def _marks(choice: Choice) -> dict[str, str]:
    """Role by path. Key and status win over fields that are only shown."""
    found: dict[str, str] = {}
    for role in ROLES:
        for path in paths_of(getattr(choice, role)):
            found.setdefault(path, role)
    return found


def _lines(
    node: Any, steps: Steps, head: str, marks: Mapping[str, str], each: str
) -> Iterator[SafeString]:
    indent = "  " * len(steps)
    children: list[tuple[str | int, Any]] = []
    if isinstance(node, dict) and len(steps) < DEEPEST:
        children = list(node.items())
    elif isinstance(node, list) and len(steps) < DEEPEST:
        children = list(enumerate(node))
    if not children:
        yield format_html("{}{}{}", indent, _name(head), _value(node, steps, marks, each))
        return
    opening, closing = ("{", "}") if isinstance(node, dict) else ("[", "]")
    yield format_html("{}{}{}", indent, _name(head), opening)
    for step, child in children:
        name = step if isinstance(step, str) else ""
        yield from _lines(child, (*steps, step), name, marks, each)
    yield format_html("{}{}", indent, closing)


def _name(head: str) -> SafeString:
    return (
        format_html('<span class="json__key">{}</span>: ', json.dumps(head))
        if head
        else SafeString()
    )


def _value(node: Any, steps: Steps, marks: Mapping[str, str], each: str) -> SafeString:
    text = cut(json.dumps(node, ensure_ascii=False))
    role = next((marks[path] for path in _names(steps, each) if path in marks), "")
    if role:
        return format_html('<mark class="role-{}">{}</mark>', role, text)
    kind = "text" if isinstance(node, str) else "number"
    return format_html('<span class="json__{}">{}</span>', kind, text)


def _names(steps: Steps, each: str) -> list[str]:
    """As rules call this place: from the top, or from its entry in the list of alerts."""
    found = [write(steps)]
    for at, step in enumerate(steps):
        if each and isinstance(step, int) and (write(steps[:at]) or "$") == each:
            found.insert(0, write(steps[at + 1 :]))
    return found
