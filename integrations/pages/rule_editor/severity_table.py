"""The table of severities: words under each of the four, a default, and limits for numbers."""

import math
from typing import Any

from incidents.report import SEVERITIES
from integrations.mapping.values import Problems
from integrations.pages.rule_editor.field_options import NOTHING, as_json, from_json
from integrations.pages.rule_editor.form_tree import Tree, lines, rows, text
from opsportal.lib.text import as_number, as_text


def to_severity(raw: Any) -> Tree:
    """One word a line under each severity."""
    if raw in NOTHING:
        return {"default": "", "ranges": []} | dict.fromkeys(SEVERITIES, "")
    words = raw.get("map", {}) if isinstance(raw, dict) else None
    if not isinstance(words, dict) or any(w != as_text(w) or "\n" in w for w in words):
        return {"kept": as_json(raw)}
    ranges = raw.get("ranges", [])
    ranges = ranges if isinstance(ranges, list) else [ranges]
    found: Tree = {
        name: "\n".join(word for word, severity in words.items() if severity == name)
        for name in SEVERITIES
    }
    limits = [
        {"at_least": as_text(row.get("at_least")), "severity": as_text(row.get("severity"))}
        for row in ranges
        if isinstance(row, dict)
    ]
    return found | {"default": as_text(raw.get("default")), "ranges": limits}


def from_severity(tree: Tree, before: Any, where: str, problems: Problems) -> Any:
    """The table; None for an empty one, ``before`` where it says the same."""
    cleaned = clean_severity(tree)
    if cleaned == to_severity(before):
        return before
    if "kept" in cleaned:
        return from_json(cleaned["kept"])
    words = _words(cleaned, where, problems)
    limits = [
        {"at_least": _number(row["at_least"]), "severity": row["severity"]}
        for row in cleaned["ranges"]
    ]
    found: dict[str, Any] = {"default": cleaned["default"]} if cleaned["default"] else {}
    found |= {"map": words} if words else {}
    return (found | ({"ranges": limits} if limits else {})) or None


def clean_severity(tree: Tree) -> Tree:
    """The table as :func:`to_severity` writes it."""
    if kept := text(tree, "kept"):
        return {"kept": kept}
    limits = [
        {"at_least": text(row, "at_least").strip(), "severity": text(row, "severity")}
        for row in rows(tree, "ranges")
        if text(row, "at_least").strip()
    ]
    found: Tree = {name: "\n".join(lines(text(tree, name))) for name in SEVERITIES}
    return found | {"default": text(tree, "default"), "ranges": limits}


def _words(cleaned: Tree, where: str, problems: Problems) -> dict[str, str]:
    found: dict[str, str] = {}
    folded: dict[str, str] = {}
    for name in SEVERITIES:
        for word in lines(cleaned[name]):
            other = folded.setdefault(word.casefold(), name)
            if other != name:
                problems.append((where, f"“{word}” stands under {other} and under {name}"))
            found[word] = name
    return found


def _number(written: str) -> Any:
    number = as_number(written)
    if number is None or not math.isfinite(number):
        return written  # It is refused as a rule, with its place.
    return int(number) if number.is_integer() else number
