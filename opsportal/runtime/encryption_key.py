"""A process with a ``SECRET_KEY`` that is not the one of its database does not start.

The database keeps a canary: a text encrypted with its key. The first connection of every process
reads it, whichever command that is. ``migrate`` makes it where there is none.
"""

from typing import Any

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from opsportal.lib import encryption
from opsportal.lib.encryption import SecretUnreadable
from opsportal.runtime import encrypted_columns

TABLE = "opsportal_encryptionkey"
ROW_ID = 1
TEXT = "opsportal"
_checked: set[str] = set()  # Aliases of databases whose canary this process, or its parent, read.


class WrongKey(CommandError):
    """The key of this process is not the one of its database. Nothing was read or changed."""

    def __init__(self, key_id: str) -> None:
        expected = f"the key {key_id}" if key_id else "a key that is not known here"
        super().__init__(
            f"The secrets in this database are encrypted with {expected}, but SECRET_KEY here is "
            f"{encryption.current_key_id()}. Start with the SECRET_KEY of this database: it is in "
            "DATA_DIR/secret_key where it ran before, or in its backup. Or add it to "
            "SECRET_KEY_FALLBACKS. If it is lost for good: manage.py secrets adopt. "
            "Nothing was changed."
        )


def skip_check() -> None:
    """Let this process connect with any key: for the command that says what is wrong."""
    _checked.add(DEFAULT_DB_ALIAS)


def check_connection(connection: Any, **kwargs: Any) -> None:
    """Receiver of ``connection_created``. Raises WrongKey, and then leaves no connection open."""
    if connection.alias != DEFAULT_DB_ALIAS or connection.alias in _checked:
        return
    try:
        canary = stored_canary()
        if canary is not None:
            check(canary)
            _checked.add(connection.alias)
    except BaseException:
        connection.close()
        raise


def check(canary: str) -> None:
    """Raises WrongKey where no key of this process reads the canary."""
    try:
        encryption.decrypt(canary)
    except SecretUnreadable as error:
        raise WrongKey(error.key_id) from None


def stored_canary() -> str | None:
    """The canary of the database; None before there is one."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        if not is_migrated(cursor):
            return None
        cursor.execute(f"SELECT canary FROM {TABLE} WHERE id = %s", [ROW_ID])  # noqa: S608
        row = cursor.fetchone()
    return row[0] if row else None


def keep_canary(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Receiver of ``post_migrate``: make the canary where there is none.

    Raises WrongKey for a database of an older version none of whose secrets can be read.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        has_table = is_migrated(cursor)
    if using != DEFAULT_DB_ALIAS or not has_table or stored_canary() is not None:
        return
    if (key_id := _key_of_unreadable()) is not None:
        raise WrongKey(key_id)
    write_canary(is_replaced=False)


def write_canary(*, is_replaced: bool = True) -> None:
    """Expect the key of this process from now on."""
    action = "UPDATE SET canary = excluded.canary, changed_at = excluded.changed_at"
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (id, canary, changed_at) VALUES (%s, %s, %s) "  # noqa: S608
            f"ON CONFLICT (id) DO {action if is_replaced else 'NOTHING'}",
            [ROW_ID, encryption.encrypt(TEXT), timezone.now()],
        )


def _key_of_unreadable() -> str | None:
    """The fingerprint of the key of the first secret, if there are some and none can be read."""
    found: str | None = None
    for column in encrypted_columns.columns():
        for _, stored in column.stored():
            try:
                encryption.decrypt(stored)
            except SecretUnreadable as error:
                found = found if found is not None else error.key_id
            else:
                return None
    return found


def is_migrated(cursor: Any) -> bool:
    """Whether the table of the canary is there."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [TABLE])
    return bool(cursor.fetchone()[0])
