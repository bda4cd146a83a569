"""Many rows of one table, written in one statement whose cost is linear in the rows.

Django's ``bulk_update`` writes a ``CASE WHEN`` for each column with a branch for each row, and the
server looks through the branches once for each row. Its ``bulk_create`` is linear, but escapes
each value in Python: what is here hands all rows over as one JSON document.
"""

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

import orjson
from django.db import connection
from django.db.models import Field, Model

INSERT = (
    "INSERT INTO {table} ({names})"
    " SELECT {names} FROM json_to_recordset(%s::json) AS v({columns}) RETURNING id"
)
CHANGE = "UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v({names}) WHERE t.id = v.id"
MAX_ROWS = 1000  # in one statement


def insert_all(rows: Collection[Model]) -> None:
    """Insert new rows of one table, which have their ids then: at most 1,000 in a statement.

    Rows that they point at have been saved. Their values are what JSON knows, times and UUIDs.
    """
    new = list(rows)
    for start in range(0, len(new), MAX_ROWS):
        _insert(new[start : start + MAX_ROWS])


def write_all(rows: Collection[Model], names: Iterable[str]) -> None:
    """Save these fields of these rows, which the caller holds: at most 1,000 in a statement."""
    saved, fields = list(rows), tuple(names)
    for start in range(0, len(saved), MAX_ROWS):
        _write(saved[start : start + MAX_ROWS], fields)


def _insert(rows: list[Model]) -> None:
    statement, columns = _insert_statement(type(rows[0]))
    document = [{name: getattr(row, attname) for name, attname in columns} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(statement, [orjson.dumps(document).decode()])
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias


@cache
def _insert_statement(model: type[Model]) -> tuple[str, list[tuple[str, str]]]:
    """→ (statement, [(column, attribute)])."""
    fields: list[Any] = [one for one in model._meta.concrete_fields if not one.primary_key]
    statement = INSERT.format(
        table=model._meta.db_table,
        names=", ".join(f'"{field.column}"' for field in fields),
        columns=", ".join(f'"{field.column}" {_type(field)}' for field in fields),
    )
    return statement, [(field.column, field.attname) for field in fields]


def _write(rows: list[Model], names: tuple[str, ...]) -> None:
    meta = rows[0]._meta
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in names)]
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        for field in fields
    ]
    statement = CHANGE.format(
        table=meta.db_table,
        sets=", ".join(f'"{field.column}" = v."{field.column}"' for field in fields[1:]),
        arrays=", ".join(f"%s::{_type(field)}[]" for field in fields),
        names=", ".join(f'"{field.column}"' for field in fields),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _type(field: "Field[Any, Any]") -> str:
    """Its type in the database, without a length: a cast would cut off what is longer."""
    name = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return re.sub(r"\(.*\)", "", name or "text")
