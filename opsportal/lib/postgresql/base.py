"""The module that Django loads for ``ENGINE = "opsportal.lib.postgresql"``."""

import psycopg
from django.db.backends.postgresql import base

READ_WRITE = ("off",)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a server that has turned read-only is as unusable as a dead one.

    Django asks at the first query of a request, and after an error, and connects anew. After a
    fail-over the old server, or a pooler before it, may answer for ever, and refuse every write.
    """

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        try:
            row = psycopg.Cursor(self.connection).execute("SHOW transaction_read_only").fetchone()
        except psycopg.Error:
            return False
        return row == READ_WRITE
