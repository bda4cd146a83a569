"""Service level targets and warnings as people write them, and the one that holds. Pure.

Targets as text, a line each, the first that fits holds: ``P1 critical: acknowledge 5, resolve
60``. Warnings as text: ``resolve 15; acknowledge 80%``.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from incidents.choices import Priority, Severity

TARGETS = ("acknowledge", "resolve")
MAX_ROWS, MAX_WARNINGS = 20, 3
MAX_MINUTES = 366 * 24 * 60
Row = dict[str, Any]
_WARNING = re.compile(r"(acknowledge|resolve)\s+(\d{1,6})\s*(%?)")
_TARGET = re.compile(r"(acknowledge|resolve)\s+(\d{1,6})")


def target_row(acknowledge: int | None, resolve: int | None) -> Row:
    """Targets in minutes that hold whatever the severity and the priority are."""
    return {"severities": [], "priorities": [], "acknowledge": acknowledge, "resolve": resolve}


def targets_for(rows: Iterable[Row], severity: str, priority: str) -> tuple[int | None, int | None]:
    """→ (minutes to acknowledge, minutes to resolve) of the first row that fits."""
    for row in rows:
        fits = not row["severities"] or severity in row["severities"]
        if fits and (not row["priorities"] or priority in row["priorities"]):
            return row["acknowledge"], row["resolve"]
    return None, None


def checked_targets(rows: Any) -> list[Row]:
    """The rows. Raises ValueError with a sentence for what is no list of targets."""
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise ValueError(f"write a list of at most {MAX_ROWS} targets")
    for row in rows:
        if not isinstance(row, dict) or set(row) != set(target_row(None, None)):
            raise ValueError("write severities, priorities, acknowledge and resolve in each row")
        _check_names(row["severities"], Severity.values)
        _check_names(row["priorities"], Priority.values)
        for name in TARGETS:
            if row[name] is not None:
                _check_minutes(row[name])
    return rows


def checked_warnings(rows: Any) -> list[Row]:
    """The warnings. Raises ValueError with a sentence for what is none."""
    if not isinstance(rows, list) or len(rows) > MAX_WARNINGS:
        raise ValueError(f"write at most {MAX_WARNINGS} warnings")
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"target", "minutes", "percent"}:
            raise ValueError("write target, minutes and percent in each row")
        if row["target"] not in TARGETS or (row["minutes"] is None) == (row["percent"] is None):
            raise ValueError("write acknowledge or resolve, and either minutes or a percentage")
        if row["minutes"] is not None:
            _check_minutes(row["minutes"])
        elif not isinstance(row["percent"], int) or not 1 <= row["percent"] <= 99:
            raise ValueError("write a percentage of the target from 1 to 99")
    return rows


def targets_from_text(text: str) -> list[Row]:
    """The rows that people write. Raises ValueError with a sentence."""
    lines = [line.strip() for line in re.split(r"[\n]", text) if line.strip()]
    return checked_targets([_target(line) for line in lines])


def text_of_targets(rows: Sequence[Row]) -> str:
    """Rows as people write them."""
    return "\n".join(_target_text(row) for row in rows)


def warnings_from_text(text: str) -> list[Row]:
    """The warnings that people write. Raises ValueError with a sentence."""
    parts = [part.strip().lower() for part in re.split(r"[;,\n]", text)]
    found = [(part, _WARNING.fullmatch(part)) for part in parts if part]
    rows = []
    for part, match in found:
        if match is None:
            raise ValueError(f"“{part}” is no warning, such as: resolve 15, or acknowledge 80%")
        number = int(match[2])
        minutes, percent = (None, number) if match[3] else (number, None)
        rows.append({"target": match[1], "minutes": minutes, "percent": percent})
    return checked_warnings(rows)


def text_of_warnings(rows: Sequence[Row]) -> str:
    """Warnings as people write them."""
    said = (
        f"{row['minutes']}" if row["minutes"] is not None else f"{row['percent']}%" for row in rows
    )
    return "; ".join(f"{row['target']} {how}" for row, how in zip(rows, said, strict=True))


def warning_left_s(row: Row, target_minutes: int) -> int:
    """How much of the target is left, in seconds, when the warning is due."""
    if row["minutes"] is not None:
        return int(row["minutes"]) * 60
    return int(target_minutes * 60 * (100 - row["percent"]) / 100)


def _target(line: str) -> Row:
    head, _, tail = line.rpartition(":")
    words = re.split(r"[\s,]+", head.strip()) if head.strip() else []
    row = target_row(None, None)
    for word in words:
        if word.upper() in Priority.values:
            row["priorities"].append(word.upper())
        elif word.lower() in Severity.values:
            row["severities"].append(word.lower())
        else:
            raise ValueError(f"“{word}” is no priority and no severity")
    for part in tail.split(","):
        match = _TARGET.fullmatch(part.strip().lower())
        if match is None:
            raise ValueError(f"“{part.strip()}” is no target, such as: acknowledge 5, resolve 60")
        row[match[1]] = int(match[2])
    return row


def _target_text(row: Row) -> str:
    head = " ".join([*row["priorities"], *row["severities"]])
    tail = ", ".join(f"{name} {row[name]}" for name in TARGETS if row[name] is not None)
    return f"{head}: {tail}" if head else tail


def _check_names(names: Any, known: Sequence[str]) -> None:
    if not isinstance(names, list) or any(name not in known for name in names):
        raise ValueError(f"write some of {', '.join(known)}")


def _check_minutes(minutes: Any) -> None:
    if not isinstance(minutes, int) or not 1 <= minutes <= MAX_MINUTES:
        raise ValueError(f"write minutes from 1 to {MAX_MINUTES}")
