"""The encrypted columns of all tables, read and written as they are stored."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from opsportal.lib.encryption import EncryptedField

BATCH_ROWS = 500
NOTHING = "\x01"  # Begins no stored value.


@dataclass(frozen=True, slots=True)
class Column:
    """An encrypted column. Its rows have the primary key ``id``, a positive integer."""

    label: str
    table: str
    name: str

    def stored(self, *, but: str = NOTHING) -> Iterator[tuple[int, str]]:
        """(id, stored value) of each secret, in batches; without those that begin with ``but``."""
        statement = (
            f'SELECT id, "{self.name}" FROM "{self.table}" '  # noqa: S608
            f'WHERE id > %s AND "{self.name}" <> \'\' AND NOT starts_with("{self.name}", %s) '
            f"ORDER BY id LIMIT {BATCH_ROWS}"
        )
        last = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(statement, [last, but])
                rows = cursor.fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]

    def replace(self, row_id: int, old: str, new: str) -> bool:
        """Write ``new`` if ``old`` still stands there; returns whether it did."""
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{self.table}" SET "{self.name}" = %s '  # noqa: S608
                f'WHERE id = %s AND "{self.name}" = %s',
                [new, row_id, old],
            )
            return bool(cursor.rowcount)


def columns() -> list[Column]:
    """Those of all models whose tables exist, in the order of the apps."""
    tables = set(connection.introspection.table_names())
    return [
        Column(f"{model._meta.label}.{field.attname}", model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedField) and model._meta.db_table in tables
    ]
