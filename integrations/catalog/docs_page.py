"""docs/catalog.md: every tool on one page, made from the catalog itself."""

from collections import Counter
from collections.abc import Sequence

from integrations.catalog import all_templates
from integrations.catalog.golden_samples import pairs
from integrations.catalog.template import HOME, Template
from integrations.mapping.rules import Action

PAGE = HOME.parents[2] / "docs" / "catalog.md"
HEAD = """# The catalog

{amount} templates, made by `manage.py catalog docs`. *Verified*: messages of the tool were seen
(its documentation, its source, a capture); *guide*: a guide names the fields, but no whole message
was seen; *weak*: part of the format is assumed. {counts}

Each is proved by its samples: what `open` opens, `close` closes. *Proof* counts the samples,
and the pairs among them.
"""
COLUMNS = ("tool", "confidence", "opens, closes", "proof", "signs", "retries", "checked")


def page() -> str:
    """The text of the page."""
    found = [template for template in all_templates().values() if template.kind == "api"]
    kinds = Counter(template.confidence for template in found)
    counts = ", ".join(f"{amount} {kind}" for kind, amount in kinds.most_common())
    head = HEAD.format(amount=len(found), counts=f"There are {counts}.")
    categories = sorted({template.category for template in found})
    parts = (_section(name, [t for t in found if t.category == name]) for name in categories)
    return "\n".join([head, *parts])


def _section(category: str, found: Sequence[Template]) -> str:
    rows = [_row(template) for template in found]
    return "\n".join([f"## {category}", "", _line(COLUMNS), "|---" * len(COLUMNS) + "|", *rows, ""])


def _row(template: Template) -> str:
    name = f"[{template.name}]({template.docs})" if template.docs else template.name
    cells = (
        name,
        template.confidence,
        _does(template),
        f"{len(template.samples)}, {len(pairs(template))}",
        f"`{template.signature}`" if template.signature else "",
        template.retries,
        template.checked.isoformat() if template.checked else "",
    )
    return _line(cells)


def _does(template: Template) -> str:
    actions = {action for variant in template.compiled.variants for action, _ in variant.decisions}
    words = ["opens"]
    if Action.ACKNOWLEDGE in actions:
        words.append("acknowledges")
    if Action.RESOLVE in actions and not template.no_close:
        words.append("closes")
    return ", ".join(words)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
