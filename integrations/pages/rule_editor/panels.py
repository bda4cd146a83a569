"""The five panels as a page draws them: every part with its name, its label and its rows."""

import json
from typing import Any

from incidents.report import SEVERITIES
from integrations.mapping.conditions import OPERATORS
from integrations.mapping.values import TOKEN
from integrations.pages.rule_editor import mapping_form
from integrations.pages.rule_editor.attributes import with_usual_tags
from integrations.pages.rule_editor.condition_rows import WITHOUT_VALUES, clean_row, from_row
from integrations.pages.rule_editor.field_options import as_json, clean_options, from_json
from integrations.pages.rule_editor.form_tree import Tree, rows, table, text
from integrations.pages.rule_editor.mapping_form import BEYOND, VALUES
from integrations.pages.rule_editor.summary import say_condition

SECTIONS = (
    ("Alert identity", ("source_name", "source_id", "dedup_key", "episode", "source")),
    ("Alert text", ("subject", "short_text", "long_text", "url")),
    ("Additional recipients", ("assignee", "recipient_users", "recipient_groups", "topic")),
)
LABELS = {
    "source": "Source, from the message",
    "source_name": "Source Name",
    "source_id": "Source Id",
    "dedup_key": "Alert Key",
    "status": "Source Status",
    "url": "Source URL",
    "severity": "Source Severity",
    "subject": "Subject",
    "assignee": "Assignee",
    "short_text": "Short Text",
    "long_text": "Long Text",
    "recipient_users": "Recipient User",
    "recipient_groups": "Recipient Group",
    "topic": "Topic",
    "episode": "Episode",
    "expires_at": "Expires",
}
HELP = {
    "source": "Where one URL serves several systems. Empty: the Source above.",
    "source_name": "The host, monitor or project that it is about.",
    "source_id": "The same in the opening and the closing message.",
    "dedup_key": "In place of Source, Source Name and Source Id, where one value is enough.",
    "status": "What the conditions below compare.",
    "url": "Back to the tool; http or https.",
    "severity": "A value or a number; the table below maps it to one of four severities.",
    "subject": "A path, or a text with paths in it: <host> is <state>.",
    "short_text": "For messages with little space.",
    "assignee": "Email or username; paged in addition, at the first step.",
    "recipient_users": "Email addresses or usernames; paged in addition.",
    "episode": "Its start or an id of this occurrence: what opens it after its end is ignored.",
    "expires_at": "When it closes by itself, unless it is repeated.",
    "recipient_groups": "Names of teams; paged in addition.",
}
ASKS = {
    "open_when": ("Open", "Without a condition every other message opens."),
    "update_when": ("Update", "Added to the alert; pages nobody."),
    "acknowledge_when": ("Acknowledge", ""),
    "close_when": ("Close", "Checked first: a message that matches both closes."),
}
CUTS = (
    ("after", "Only the text after"),
    ("before", "and before"),
    ("extract", "Only the match of this pattern (its groups)"),
)
CONTENTS = "application/json, or a form"


def rules_panel(rules: dict[str, Any], shape: int | None, tree: Tree) -> dict[str, Any]:
    """The first panel, for one shape."""
    raw = mapping_form.part(rules, shape)
    common = rules if shape is not None else {}
    fields = table(tree, "fields")
    known = {name for _, names in SECTIONS for name in names} | {"status", "severity"}
    others = tuple(name for name in VALUES if name not in known)

    def shown(name: str) -> dict[str, Any]:
        return _field(f"fields.{name}", name, rows(fields, name), common)

    sections = [
        {
            "title": title,
            "fields": [shown(name) for name in names],
            "is_used": any(_is_set(fields, name) for name in names),
        }
        for title, names in (*SECTIONS, ("More", others))
        if names
    ]
    return {
        "shapes": mapping_form.shapes(rules),
        "shape": shape,
        "source": text(tree, "source") if "source" in tree else None,
        "stops": text(tree, "stops") if "source" in tree else None,
        "content": CONTENTS,
        "sections": sections,
        "status": shown("status"),
        "severity": shown("severity"),
        "table": _severity(table(tree, "severity"), common),
        "conditions": [_condition(key, table(tree, "conditions"), common) for key in ASKS],
        "custom_fields": _details("custom_fields", rows(tree, "custom_fields")),
        "tags": _details("tags", with_usual_tags(rows(tree, "tags"))),
        "links": _links(rows(tree, "links")),
        "has_each": mapping_form.has_each(rules, shape),
        "requires": text(tree, "requires"),
        "each": text(tree, "each"),
        "common_each": common.get("each"),
        "beyond": _beyond(raw),
    }


def row_of(name: str, row: Tree) -> dict[str, Any]:
    """One condition as a row of inputs."""
    kept = text(row, "kept")
    return {
        "name": name,
        "path": text(row, "path"),
        "operator": text(row, "operator") or "equals",
        "operators": OPERATORS,
        "bare": WITHOUT_VALUES,
        "values": text(row, "values"),
        "negate": bool(text(row, "negate")),
        "case": bool(text(row, "case")),
        "kept": kept,
        "says": say_condition(from_json(kept)) if kept else "",
    }


def filters_panel(tree: Tree) -> list[dict[str, Any]]:
    """The third panel: two lists."""
    found = table(tree, "filters")
    heads = (
        ("all", "All of these", "every row must match"),
        ("any", "Any of these", "at least one row must match"),
    )
    return [
        {
            "name": f"filters.{key}",
            "title": title,
            "help": words,
            "rows": [
                row_of(f"filters.{key}.{place}", row) for place, row in enumerate(rows(found, key))
            ],
        }
        for key, title, words in heads
    ]


def when_rows(name: str, found: list[Tree]) -> list[dict[str, Any]]:
    """Rows of overrides or of groups, each with its condition."""
    return [
        {**row, "name": f"{name}.{i}", "when": row_of(f"{name}.{i}.when", table(row, "when"))}
        for i, row in enumerate(found)
    ]


def _field(name: str, key: str, options: list[Tree], common: dict[str, Any]) -> dict[str, Any]:
    shared = table(common, "fields").get(key)
    return {
        "name": name,
        "id": name.replace(".", "-"),
        "label": LABELS.get(key) or key.replace("_", " ").title(),
        "help": HELP.get(key, ""),
        "options": _options(name, options),
        "shared": _brief(shared) if shared and not options else "",
    }


def _options(name: str, options: list[Tree]) -> list[dict[str, Any]]:
    return [_option(f"{name}.{i}", option) for i, option in enumerate(options or [{}])]


def _option(name: str, option: Tree) -> dict[str, Any]:
    written = text(option, "text")
    return {
        "name": name,
        "text": written,
        "static": bool(text(option, "static")),
        "cuts": [(f"{name}.{cut}", words, text(option, cut)) for cut, words in CUTS],
        "is_cut": any(text(option, cut) for cut, _ in CUTS) or bool(text(option, "encode")),
        "encode": bool(text(option, "encode")),
        "kept": text(option, "kept"),
        "is_text": bool(TOKEN.search(written)) and not text(option, "static"),
    }


def _details(kind: str, found: list[Tree]) -> dict[str, Any]:
    is_used = any(not row.get("is_usual") or _is_set(row, "options") for row in found)
    drawn = [_detail(f"{kind}.{i}", row) for i, row in enumerate(found)]
    return {"name": kind, "rows": drawn, "is_used": is_used}


def _detail(name: str, row: Tree) -> dict[str, Any]:
    return {
        "name": name,
        "own": text(row, "name"),
        "is_usual": bool(row.get("is_usual")),
        "required": bool(text(row, "required")),
        "options": _options(f"{name}.options", rows(row, "options")),
        "label": text(row, "name") or "this field",
    }


def _links(found: list[Tree]) -> dict[str, Any]:
    def drawn(name: str, row: Tree) -> dict[str, Any]:
        parts = [("href", "Address"), ("text", "Text"), ("each", "One for each of")]
        options = [
            {
                "label": label,
                "name": f"{name}.{part}",
                "options": _options(f"{name}.{part}", rows(row, part)),
            }
            for part, label in parts
        ]
        return {"name": name, "kept": text(row, "kept"), "parts": options}

    return {"name": "links", "rows": [drawn(f"links.{i}", row) for i, row in enumerate(found)]}


def _severity(found: Tree, common: dict[str, Any]) -> dict[str, Any]:
    ranges = rows(found, "ranges")
    shared = common.get("severity")
    is_empty = not any(value for value in found.values())
    return {
        "kept": text(found, "kept"),
        "words": [
            {"name": f"severity.{name}", "label": name, "text": text(found, name)}
            for name in SEVERITIES
        ],
        "default": text(found, "default"),
        "severities": SEVERITIES,
        "ranges": [{"name": f"severity.ranges.{place}", **row} for place, row in enumerate(ranges)],
        "shared": bool(shared) and is_empty,
    }


def _condition(key: str, found: Tree, common: dict[str, Any]) -> dict[str, Any]:
    row = row_of(f"conditions.{key}", table(found, key))
    label, words = ASKS[key]
    is_blank = from_row(clean_row(table(found, key))) is None
    shared = say_condition(common.get(key)) if is_blank else ""
    return {**row, "key": key, "label": label, "help": words, "shared": shared}


def _is_set(tree: Tree, name: str) -> bool:
    """Whether the options of this name say anything."""
    return bool(clean_options(rows(tree, name)))


def _brief(rule: Any) -> str:
    if isinstance(rule, list):
        return " or else ".join(_brief(one) for one in rule)
    return rule if isinstance(rule, str) else as_json(rule)


def _beyond(raw: dict[str, Any]) -> str:
    found = {key: raw[key] for key in BEYOND if key in raw}
    return json.dumps(found, indent=2, ensure_ascii=False) if found else ""
