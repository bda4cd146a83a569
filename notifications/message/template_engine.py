"""Compiles, checks and renders message templates. Pure.

The source is of Django's language with the words of ``template_words`` alone, and a field is a
name without parts: a template can call nothing and repeat nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Node, TextNode, Variable, VariableNode
from django.template.defaulttags import IfNode

from notifications.message.template_words import FILTERS

MAX_SOURCE_BYTES = 10_000
MAX_TAG_CHARS = 200
MAX_DEPTH = 5
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
OPENS, CLOSES = re.compile(r"\{%\s*if\b"), re.compile(r"\{%\s*endif\b")


class TemplateRefused(Exception):
    """The source is no template here; the sentence says what to write instead."""


class _Engine(Engine):
    default_builtins = ["notifications.message.template_words"]


_ENGINE = _Engine(libraries={}, autoescape=False, string_if_invalid="")


def compiled(source: str, fields: Iterable[str]) -> Template:
    """The template of a source that uses these fields only. Raises ``TemplateRefused``."""
    _check_size(source)
    try:
        template = Template(source, engine=_ENGINE)
    except (TemplateSyntaxError, RecursionError) as error:
        raise TemplateRefused(_mend(str(error))) from error
    _check_names(template, frozenset(fields))
    return template


def render(template: Template, fields: Mapping[str, Any]) -> str:
    """What the template says; lines without words beside each other become one."""
    text = template.render(Context(dict(fields), autoescape=False))
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _check_size(source: str) -> None:
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise TemplateRefused(f"It is longer than {MAX_SOURCE_BYTES:,} bytes: shorten it.")
    depth = 0
    for tag in TAG.findall(source):
        if len(tag) > MAX_TAG_CHARS:
            raise TemplateRefused(
                f"“{tag[:40]}…” is longer than {MAX_TAG_CHARS} characters: make two of it."
            )
        depth += bool(OPENS.match(tag)) - bool(CLOSES.match(tag))
        if depth > MAX_DEPTH:
            raise TemplateRefused(
                f"More than {MAX_DEPTH} {{% if %}} stand in each other: write them one after "
                "the other."
            )


def _mend(error: str) -> str:
    """What Django says of a source, with what to write instead."""
    if "Invalid block tag" in error:
        found = re.search(r"'([^']*)'", error)
        name = (found[1] if found else "").split(" ")[0]
        return (
            f"{{% {name} %}} is not there. Use {{% if … %}}, {{% elif … %}}, {{% else %}} and "
            "{% endif %} only."
        )
    if "Invalid filter" in error:
        name = error.partition("'")[2].rstrip("'")
        return f"The filter “{name}” is not there. Use one of: {', '.join(FILTERS)}."
    if "Unclosed tag" in error:
        return "An {% if … %} has no {% endif %}: add it."
    return f"{error.rstrip('.')}. Correct it, or start from the usual text."


def _check_names(template: Template, fields: frozenset[str]) -> None:
    for name in _names(template.nodelist):
        if name in fields:
            continue
        if name.partition(".")[0] in fields:
            raise TemplateRefused(
                f"“{name}”: a field has no parts. Write {{{{ {name.partition('.')[0]} }}}}."
            )
        raise TemplateRefused(
            f"There is no field “{name}”. Use one of: {', '.join(sorted(fields))}."
        )


def _names(nodes: Iterable[Node]) -> Iterator[str]:
    """The names of all fields that stand in these nodes. Raises ``TemplateRefused``."""
    for node in nodes:
        if isinstance(node, VariableNode):
            yield from _of_expression(node.filter_expression)
        elif isinstance(node, IfNode):
            for condition, inner in node.conditions_nodelists:
                yield from _of_condition(condition)
                yield from _names(inner)
        elif not isinstance(node, TextNode):
            raise TemplateRefused("Only text, fields and {% if … %} can be used.")


def _of_expression(expression: FilterExpression) -> Iterator[str]:
    arguments = [arg for _, args in expression.filters for is_name, arg in args if is_name]
    for one in (expression.var, *arguments):
        if isinstance(one, Variable) and one.lookups is not None:
            yield ".".join(one.lookups)


def _of_condition(condition: Any) -> Iterator[str]:
    """Of a token of an ``if``, which has others below it, or a value."""
    if condition is None:
        return
    value = getattr(condition, "value", None)
    if isinstance(value, FilterExpression):
        yield from _of_expression(value)
    for part in ("first", "second"):
        yield from _of_condition(getattr(condition, part, None))
