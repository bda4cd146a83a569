"""Many rows of one table, changed in one statement whose cost is linear in the rows.

Django's ``bulk_update`` writes a ``CASE WHEN`` for each column with a branch for each row, and the
server looks through the branches once for each row.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.db.models import Field, Model

CHANGE = "UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v({names}) WHERE t.id = v.id"
MAX_ROWS = 1000  # in one statement


def write_all(rows: Collection[Model], names: Iterable[str]) -> None:
    """Save these fields of these rows, which the caller holds: at most 1,000 in a statement."""
    saved, fields = list(rows), tuple(names)
    for start in range(0, len(saved), MAX_ROWS):
        _write(saved[start : start + MAX_ROWS], fields)


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
