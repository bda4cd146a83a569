"""The filter rows of a maintenance window, from a form and back."""

from typing import Any

from integrations.maintenance.rules import compile_conditions
from integrations.mapping.conditions import OPERATORS, WITHOUT_VALUES
from integrations.mapping.values import Problems

MAX_ROWS = 30
PLAIN = {"path", "operator", "value", "values"}
OFFERED = [name for name in OPERATORS if name != "is past"]


def is_plain(conditions: Any) -> bool:
    """Whether rows can express the conditions; those written by a script may be nested."""
    rows = conditions if isinstance(conditions, list) else [conditions] if conditions else []
    return all(isinstance(row, dict) and row.keys() <= PLAIN for row in rows)


def shown_rows(conditions: Any) -> list[dict[str, Any]]:
    """The rows as the form shows them, with an empty one at the end."""
    rows = conditions if isinstance(conditions, list) else [conditions] if conditions else []
    return [*(_shown(row) for row in rows), _shown({})]


def _shown(row: Any) -> dict[str, Any]:
    values = row.get("values", row.get("value", [])) if isinstance(row, dict) else []
    values = values if isinstance(values, list) else [values]
    return {
        "path": row.get("path", "") if isinstance(row, dict) else "",
        "operator": row.get("operator", "equals") if isinstance(row, dict) else "equals",
        "values": ", ".join(map(str, values)),
    }


def read_rows(data: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """The conditions, the rows to draw again, and their errors. At most 30 rows are read."""
    names = ("filter_path", "filter_operator", "filter_values")
    paths, operators, values = (data.getlist(name)[:MAX_ROWS] for name in names)
    rows = []
    for path, operator, text in zip(paths, operators, values, strict=False):
        if not path.strip():
            continue
        row: dict[str, Any] = {"path": path.strip(), "operator": operator}
        if operator not in WITHOUT_VALUES:
            parts = [text] if operator == "matches" else text.split(",")
            row["values"] = [part.strip() for part in parts if part.strip()]
        rows.append(row)
    problems: Problems = []
    compile_conditions(rows, problems)
    said = [f"{_place(where)}{problem}" for where, problem in problems]
    return rows, shown_rows(rows), list(dict.fromkeys(said))


def _place(where: str) -> str:
    number = "".join(sign for sign in where if sign.isdigit())
    return f"row {int(number) + 1}: " if number else ""
