"""The rows of a plain PostgreSQL dump: what COPY writes from standard input."""

import re
from collections.abc import Iterator

COPY = re.compile(
    r'^COPY\s+(?:"?\w+"?\.)?"?(?P<table>\w+)"?\s*\((?P<columns>[^)]*)\)\s+FROM\s+stdin;\s*$',
    re.IGNORECASE,
)
END = "\\."
NULL = "\\N"
ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
Rows = list[dict[str, str | None]]


def tables_of(text: str) -> dict[str, Rows]:
    """By the name of the table. Raises ValueError, with the rest of a sentence about the file,
    where there is no such block, where one is cut off, and where a row does not fit its columns."""
    found: dict[str, Rows] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if match := COPY.match(line):
            columns = [column.strip().strip('"') for column in match["columns"].split(",")]
            found.setdefault(match["table"], []).extend(_rows(match["table"], columns, lines))
    if not found:
        raise ValueError(
            "holds no rows as COPY writes them: dump it with pg_dump --data-only, without --inserts"
        )
    return found


def _rows(table: str, columns: list[str], lines: Iterator[str]) -> Rows:
    found: Rows = []
    for line in lines:
        if line.rstrip("\r") == END:
            return found
        values = [_value(value) for value in line.rstrip("\r").split("\t")]
        if len(values) != len(columns):
            raise ValueError(f"has a row of {table} that does not fit its columns")
        found.append(dict(zip(columns, values, strict=True)))
    raise ValueError(f"ends in the middle of {table}")


def _value(text: str) -> str | None:
    return None if text == NULL else ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    octal, hexadecimal, character = match.groups()
    if octal or hexadecimal:
        return chr(int(octal, 8) if octal else int(hexadecimal, 16))
    return NAMED.get(character, character)
