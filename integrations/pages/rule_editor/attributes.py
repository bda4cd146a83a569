"""Named values of an alert, its custom fields and tags, and its links, as rows of the form."""

from typing import Any

from integrations.mapping.values import Problems
from integrations.pages.rule_editor.field_options import (
    as_json,
    clean_options,
    from_json,
    from_options,
    plain_path,
    to_options,
)
from integrations.pages.rule_editor.form_tree import Tree, rows, text

# What tags are called where nothing else is wanted.
USUAL_TAGS = (
    "Business Service",
    "Component Type",
    "Component Name",
    "Data Center",
    "Environment",
    "Problem Type",
)
LINK = ("href", "text", "each")


def to_details(raw: Any) -> list[Tree]:
    """One row for each name."""
    raw = raw if isinstance(raw, dict) else {}
    return [{"name": str(name), "options": to_options(one)} for name, one in raw.items()]


def from_details(found: list[Tree], before: Any, where: str, problems: Problems) -> Any:
    """Name to rule; None for none, ``before`` where it says the same."""
    cleaned = clean_details(found)
    if cleaned == to_details(before):
        return before
    old = before if isinstance(before, dict) else {}
    made: dict[str, Any] = {}
    for row in cleaned:
        name = row["name"].strip()
        if not name:
            problems.append((where, "a row has a path but no name"))
        elif name in made:
            problems.append((f"{where}.{name}", f"“{name}” is there twice"))
        else:
            made[name] = from_options(row["options"], old.get(name))
    return made or None


def clean_details(found: list[Tree]) -> list[Tree]:
    """The rows as :func:`to_details` writes them, without those that map nothing."""
    cleaned = (
        {"name": text(row, "name"), "options": clean_options(rows(row, "options"))} for row in found
    )
    return [row for row in cleaned if row["options"]]


def with_usual_tags(found: list[Tree]) -> list[Tree]:
    """The usual tags first, mapped or not, then what has a name of its own."""
    by_name = {row["name"]: row for row in found}
    usual = [by_name.pop(name, {"name": name, "options": []}) for name in USUAL_TAGS]
    usual = [row | {"is_usual": True} for row in usual]
    return usual + [row for row in found if row["name"] not in USUAL_TAGS]


def required_of(found: list[Tree], requires: list[str]) -> list[Tree]:
    """The rows, ticked where a message without their path is refused."""
    return [
        row | ({"required": "on"} if plain_path(row["options"]) in requires else {})
        for row in found
    ]


def required_paths(found: list[Tree], where: str, problems: Problems) -> list[str]:
    """The paths of the rows that are ticked as required."""
    paths = []
    for row in found:
        options = clean_options(rows(row, "options"))
        if not text(row, "required") or not options:
            continue
        if path := plain_path(options):
            paths.append(path)
        else:
            place = f"{where}.{text(row, 'name').strip()}"
            problems.append((place, "a required field is one path, without alternatives or text"))
    return paths


def to_links(raw: Any) -> list[Tree]:
    """One row for each link."""
    found = raw if isinstance(raw, list) else [raw] if raw else []
    return [_link_row(one) for one in found]


def from_links(found: list[Tree], before: Any) -> Any:
    """The links; None for none, ``before`` where they say the same."""
    cleaned = clean_links(found)
    if cleaned == to_links(before):
        return before
    return [_link(row) for row in cleaned] or None


def clean_links(found: list[Tree]) -> list[Tree]:
    """The rows as :func:`to_links` writes them, without blank ones."""
    cleaned: list[Tree] = []
    for row in found:
        if kept := text(row, "kept"):
            cleaned.append({"kept": kept})
            continue
        made = {part: clean_options(rows(row, part)) for part in LINK}
        cleaned += [made] if any(made.values()) else []
    return cleaned


def _link_row(raw: Any) -> Tree:
    if isinstance(raw, dict) and "href" in raw and not raw.keys() - set(LINK):
        return {part: to_options(raw.get(part)) for part in LINK}
    return {"kept": as_json(raw)}


def _link(row: Tree) -> Any:
    if "kept" in row:
        return from_json(row["kept"])
    made = {part: from_options(row[part]) for part in LINK}
    return {part: rule for part, rule in made.items() if rule is not None}
