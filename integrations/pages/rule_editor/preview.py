"""What becomes of the shown message by the rules that are being typed."""

from dataclasses import dataclass, field
from typing import Any

from integrations.errors import RulesError, UnrecognizedPayload
from integrations.inbound.redaction import redact_headers, redact_tree
from integrations.mapping import rules as mapping
from integrations.mapping.events import Event
from integrations.mapping.paths import Scope
from integrations.mapping.rules import Received
from integrations.pages.rule_editor import error_places, mapping_form
from integrations.pages.rule_editor.form_tree import Tree, rows, text
from integrations.pages.rule_editor.payload_tree import Node, nodes, seen_by
from integrations.pages.rule_editor.sample_message import SampleMessage
from integrations.pages.rule_editor.save import Edit, problems_of
from opsportal.lib.text import as_text

MAX_EVENTS = 50


@dataclass(slots=True)
class Preview:
    """The events of the message, the values of the chosen one, and the message itself."""

    events: list[dict[str, Any]] = field(default_factory=list)
    chosen: dict[str, Any] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    scope: Scope | None = None
    event: Event | None = None
    problem: str = ""
    refusal: str | None = None
    has_filters: bool = False


def run(
    raw: dict[str, Any], shown: SampleMessage, *, event: int = 0, secrets: tuple[str, ...] = ()
) -> Preview:
    """The rules on the message. Parts that cannot work are left out, so that the rest shows."""
    result = Preview(problem=shown.problem)
    problems = problems_of(mapping.compile, raw)
    try:
        rules = mapping.compile(error_places.without(raw, problems) if problems else raw)
    except RulesError:
        result.problem = "The rules cannot work yet."
        return result
    if shown.received is None:
        return result
    variant, seen = seen_by(rules, shown.received)
    covered = Received(
        None,
        redact_headers(dict(shown.received.headers), secrets),
        redact_headers(dict(shown.received.query), secrets),
    )
    result.nodes = nodes(redact_tree(seen.body, secrets), covered, variant)
    result.refusal = rules.filter_refusal(shown.received)
    result.has_filters = rules.filters is not None
    try:
        result.events = rules.explain(shown.received, MAX_EVENTS)
    except UnrecognizedPayload as error:
        result.problem = str(error)
    if result.events:
        place = event if 0 <= event < len(result.events) else 0
        result.chosen = result.events[place]
        result.event, result.scope = rules.scoped_events(shown.received, MAX_EVENTS)[place]
    return result


def is_other_shape(result: Preview, edit: Edit, shape: int | None = None) -> bool:
    """Whether the message is read by another variant than the one that is edited."""
    shape = edit.shape if shape is None else shape
    names = mapping_form.shapes(edit.rules)
    read_as = result.chosen.get("variant")
    return shape is not None and read_as is not None and names[shape] != read_as


def verdict(result: Preview, edit: Edit, shape: int | None = None) -> dict[str, Any]:
    """What the page says above the message."""
    names = mapping_form.shapes(edit.rules)
    return {
        "preview": result,
        "is_other_shape": is_other_shape(result, edit, shape),
        "read_as": result.chosen.get("variant") if names else "",
    }


def values_of(result: Preview, tree: Tree) -> dict[str, str]:
    """What each part of the form becomes, by the name of the part."""
    fields = result.chosen.get("fields", {})
    found = {f"fields.{name}": say(told["value"]) for name, told in fields.items()}
    for kind in ("custom_fields", "tags"):
        named = fields.get(kind, {}).get("value") or {}
        for place, row in enumerate(rows(tree, kind)):
            name = text(row, "name").strip()
            found[f"{kind}.{place}"] = say(named) if name == "*" else say(named.get(name))
    found["links"] = say(fields.get("links", {}).get("value"))
    return found


def say(value: Any) -> str:
    """A value as one text."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {as_text(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(": ".join(one) if isinstance(one, list | tuple) else one for one in value)
    return "" if value is None else str(value)
