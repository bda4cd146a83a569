"""Many rows of one table, changed in one statement."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

CHANGE = "UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v({names}) WHERE t.id = v.id"


def write_all(rows: Collection[Model], names: Sequence[str]) -> None:
    """Save these columns of these rows, which the caller holds."""
    if not rows:
        return
    meta = next(iter(rows))._meta
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


def _type(field: "Field[Any, Any]") -> str | None:
    return field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
