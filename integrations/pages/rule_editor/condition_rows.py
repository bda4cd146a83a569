"""A condition as one row of the form: field, operator, values; and filters as two lists of them."""

from typing import Any

from integrations.mapping.conditions import GROUP_KEYS, OPERATORS, ROW_KEYS
from integrations.pages.rule_editor.field_options import NOTHING, as_json, from_json
from integrations.pages.rule_editor.form_tree import Tree, lines, rows, table, text
from opsportal.lib.text import as_text

WITHOUT_VALUES = ("exists", "does not exist", "is empty")
LISTS = ("all", "any")


def to_row(raw: Any) -> Tree:
    """The row that says this condition; what no row can say is kept as JSON."""
    if raw in NOTHING:
        return {}
    inner = _unwrap(raw)
    if inner in NOTHING:
        return {"kept": as_json(raw)}
    raw = inner
    spoken = _operator(raw) if isinstance(raw, dict) else ""
    values = _values(raw, spoken) if spoken else None
    path = raw.get("path", "") if isinstance(raw, dict) else None
    if values is None or not isinstance(path, str) or raw.keys() - ROW_KEYS or "\n" in path:
        return {"kept": as_json(raw)}
    row: Tree = {"path": path, "operator": spoken, "values": "\n".join(values)}
    row |= {"negate": "on"} if raw.get("negate") is True else {}
    return row | ({"case": "on"} if raw.get("case") is True else {})


def from_row(row: Tree, before: Any = None) -> Any:
    """The condition that the row says, None for a blank one; ``before`` where it is the same."""
    cleaned = clean_row(row)
    if cleaned == to_row(before):
        return before
    if "kept" in cleaned:
        return from_json(cleaned["kept"])
    if not cleaned:
        return None
    operator, path = cleaned["operator"], cleaned["path"]
    rule: dict[str, Any] = {"path": path} if path else {}
    rule |= {"operator": operator} if operator != "equals" else {}
    rule |= {"values": cleaned["values"].split("\n")} if cleaned["values"] else {}
    rule |= {name: True for name in ("negate", "case") if name in cleaned}
    return rule or {"values": []}


def clean_row(row: Tree) -> Tree:
    """The row as :func:`to_row` writes it; {} for a blank one."""
    if kept := text(row, "kept"):
        return {"kept": kept}
    operator = text(row, "operator") or "equals"
    path, written = text(row, "path").strip(), text(row, "values")
    # A pattern may begin with a blank that counts.
    found = [v for v in written.split("\n") if v.strip()] if operator == "matches" else None
    values = [] if operator in WITHOUT_VALUES else found or lines(written)
    if not path and not values and operator not in WITHOUT_VALUES:
        return {}
    cleaned: Tree = {"path": path, "operator": operator, "values": "\n".join(values)}
    return cleaned | {name: "on" for name in ("negate", "case") if text(row, name)}


def to_filters(raw: Any) -> Tree:
    """All and any as lists of rows; what stands under none is a row of all with NOT."""
    raw = raw if isinstance(raw, dict) else {}
    found = {name: [to_row(one) for one in _members(raw, name)] for name in LISTS}
    found["all"] += [_turned(to_row(one)) for one in _members(raw, "none")]
    return found


def from_filters(tree: Tree, before: Any = None) -> Any:
    """The filters; None when there are none, ``before`` where they say the same."""
    cleaned = clean_filters(tree)
    if cleaned == to_filters(before):
        return before
    old = to_filters(before)
    raw = before if isinstance(before, dict) else {}
    found: dict[str, Any] = {}
    for name in LISTS:
        known = {
            as_json(row): one for row, one in zip(old[name], _members(raw, name), strict=False)
        }
        made = [from_row(row, known.get(as_json(row))) for row in cleaned[name]]
        found |= {name: made} if made else {}
    return found or None


def clean_filters(tree: Tree) -> Tree:
    """The lists without blank rows."""
    return {name: [r for row in rows(tree, name) if (r := clean_row(row))] for name in LISTS}


def filter_problems(tree: Tree) -> list[tuple[str, str]]:
    """Rows without a field: there is no status yet when filters look at a message."""
    return [
        (f"filters.{name}[{place}]", "choose a field of the message")
        for name in LISTS
        for place, row in enumerate(clean_filters(tree)[name])
        if "kept" not in row and not row["path"]
    ]


def conditions(tree: Tree) -> Tree:
    """The rows of open, update, acknowledge and close."""
    return table(tree, "conditions")


def _unwrap(raw: Any) -> Any:
    """One row alone in a list, or alone under all, is that row."""
    while True:
        if isinstance(raw, dict) and raw.keys() == {"all"}:
            raw = raw["all"]
        elif isinstance(raw, list) and len(raw) == 1:
            raw = raw[0]
        else:
            return raw


def _operator(raw: dict[str, Any]) -> str:
    spoken = str(raw.get("operator", "equals")).replace("_", " ").strip().lower()
    return spoken if spoken in OPERATORS and not raw.keys() & set(GROUP_KEYS) else ""


def _values(raw: dict[str, Any], operator: str) -> list[str] | None:
    """One line for each value; None where there is none, or where one does not fit."""
    if operator in WITHOUT_VALUES:
        return []
    values = raw["values"] if "values" in raw else raw.get("value", [])
    values = values if isinstance(values, list) else [values]
    if operator == "matches":
        is_fit = all(isinstance(value, str) and value.strip() for value in values)
        texts = values if is_fit else ["\n"]
    else:
        texts = [text for value in values if (text := as_text(value))]
    is_broken = any("\n" in text or "\r" in text for text in texts)
    return texts if texts and not is_broken else None


def _members(raw: dict[str, Any], name: str) -> list[Any]:
    found = raw.get(name)
    found = [] if found is None else found if isinstance(found, list) else [found]
    return [one for one in found if one not in NOTHING]


def _turned(row: Tree) -> Tree:
    if "kept" in row:
        return {"kept": as_json({"none": [from_json(row["kept"])]})}
    turned = {name: value for name, value in row.items() if name not in ("negate", "case")}
    turned |= {} if "negate" in row else {"negate": "on"}
    return turned | ({"case": "on"} if "case" in row else {})
