"""What a field may be: options in their order, each a path, a text with tokens, or a literal."""

import json
from typing import Any

from integrations.pages.rule_editor.form_tree import Tree, text
from opsportal.lib.text import as_text

NOTHING: tuple[Any, ...] = (None, "", [], {})
# How a piece is cut out of what the path leads to.
CUTS = ("after", "before", "extract")
CUT_KEYS = {"path", "encode", *CUTS}


def to_options(raw: Any) -> list[Tree]:
    """One row of the form for each option; what no row can say is kept as JSON."""
    if raw in NOTHING:
        return []
    return [_row(one) for one in (raw if isinstance(raw, list) else [raw])]


def from_options(rows: list[Tree], before: Any = None) -> Any:
    """The rule that the rows write; ``before`` itself where they still say the same."""
    kept = clean_options(rows)
    if kept == to_options(before):
        return before
    options = [_rule(row) for row in kept]
    return options[0] if len(options) == 1 else options or None


def clean_options(rows: list[Tree]) -> list[Tree]:
    """The rows as :func:`to_options` writes them, without those that are blank."""
    cleaned = (_clean(row) for row in rows)
    return [row for row in cleaned if row.get("kept") or row["text"].strip()]


def plain_path(rows: list[Tree]) -> str:
    """The path, where the field is one path and nothing else."""
    if len(rows) != 1 or rows[0].keys() != {"text"} or "<" in rows[0]["text"]:
        return ""
    return rows[0]["text"].strip()


def as_json(raw: Any) -> str:
    """What the form keeps without understanding it."""
    return json.dumps(raw, ensure_ascii=False)


def from_json(kept: str) -> Any:
    """The rule that was kept; a text that is no JSON stays one, and is refused as a rule."""
    try:
        return json.loads(kept)
    except (ValueError, RecursionError):
        return {"kept": kept}


def _row(raw: Any) -> Tree:
    if isinstance(raw, str) and raw.strip() and "\r" not in raw:
        return {"text": raw}
    if isinstance(raw, dict) and raw.keys() == {"static"}:
        literal = raw["static"] if isinstance(raw["static"], str) else as_text(raw["static"])
        if literal.strip() and "\r" not in literal:
            return {"text": literal, "static": "on"}
    if isinstance(raw, dict) and _is_cut(raw):
        row = {"text": raw["path"]} | {name: raw[name] for name in CUTS if name in raw}
        return row | ({"encode": "on"} if "encode" in raw else {})
    return {"kept": as_json(raw)}


def _is_cut(raw: dict[str, Any]) -> bool:
    texts = [raw.get(name, "-") for name in ("path", *CUTS)]
    is_text = "path" in raw and all(isinstance(t, str) and t and "\r" not in t for t in texts)
    is_known = len(raw) > 1 and raw.keys() <= CUT_KEYS and raw.get("encode", "url") == "url"
    return is_text and is_known and bool(raw["path"].strip())


def _clean(row: Tree) -> Tree:
    if kept := text(row, "kept"):
        return {"kept": kept}
    cleaned = {"text": text(row, "text")}
    if text(row, "static"):
        return cleaned | {"static": "on"}
    cleaned |= {name: row[name] for name in CUTS if text(row, name)}
    return cleaned | ({"encode": "on"} if text(row, "encode") else {})


def _rule(row: Tree) -> Any:
    if "kept" in row:
        return from_json(row["kept"])
    if "static" in row:
        return {"static": row["text"]}
    if row.keys() == {"text"}:
        return row["text"]
    rule = {"path": row["text"]} | {name: row[name] for name in CUTS if name in row}
    return rule | ({"encode": "url"} if "encode" in row else {})
