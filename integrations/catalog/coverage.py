"""Which paths of a template no sample uses: nobody has seen that they lead anywhere."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from integrations.catalog import Template, all_templates
from integrations.errors import UnrecognizedPayload
from integrations.mapping.paths import Path, Scope
from integrations.mapping.rules import Rules


def unused_paths(template: Template) -> list[str]:
    """The paths that lead to nothing in all samples, sorted."""
    rules = template.compiled
    scopes = [scope for sample in template.samples for scope in _scopes(rules, sample.received)]
    wanted = {path.text: path for variant in rules.variants for path in _paths(variant)}
    return sorted(
        text for text, path in wanted.items() if not any(path.hits(scope) for scope in scopes)
    )


def uncovered() -> Iterator[tuple[str, str]]:
    """(file, what no sample uses) for every tool; the generic ones have a field for everybody."""
    for template in all_templates().values():
        if template.kind != "api" or template.category == "Generic" or template.address:
            continue
        if unused := unused_paths(template):
            problem = f"no sample uses {', '.join(unused)}: add one that does, or drop the path"
            yield f"catalog/{template.slug}/template.toml", problem


def _scopes(rules: Rules, received: Any) -> Iterator[Scope]:
    """Wherever a path may start in this message."""
    yield rules.root_scope(received)
    try:
        variant, scopes = rules.match(received)
    except UnrecognizedPayload:
        return
    for scope in scopes:
        yield scope
        for link in variant.links:
            yield from link.scopes(scope)


def _paths(part: Any) -> Iterator[Path]:
    if isinstance(part, Path):
        yield part
    elif isinstance(part, tuple | list):
        for one in part:
            yield from _paths(one)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _paths(getattr(part, field.name))
