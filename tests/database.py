"""The test database: migrated once into a template, and copied for each process that runs tests."""

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

LOCK = 7_110_026  # Whoever creates or drops databases holds it.
TEMPLATE = "template_tests_"
COPY = "test_"
LOCK_TIMEOUT_MS = 2_000
# Safe only where a crash of the machine may cost the data: on the tests' own server.
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


def make_copy():
    """Point this process at a fresh copy of the template, which is built where there is none.

    The name of a template holds a digest of the migrations, that of a copy the process that uses
    it: two runs share a template and nothing else.
    """
    template = TEMPLATE + _digest()
    with _server() as cursor:
        if settings.DATABASE_IS_OURS:
            _forgo_durability(cursor)
        _drop_leftovers(cursor, template)
        if template not in _databases(cursor):
            _build(cursor, template)
        _copy(cursor, template)
    _use(_name())
    return template


class Restorer:
    """Undoes whatever was committed to the copy: empties the tables that have rows and had none.

    Where the rows changed that migrations made, or somebody still holds a lock, the copy is
    replaced with a fresh one, which costs twenty times as much.
    """

    def __init__(self, template):
        self.template = template
        with connection.cursor() as cursor:
            tables = sorted(connection.introspection.table_names(cursor))
            filled = self._filled(cursor, tables)
            self.empty = [table for table in tables if table not in filled]
            self.kept = sorted(filled)
            self.rows = self._rows(cursor)

    def restore(self):
        connection.close()
        try:
            with connection.cursor() as cursor:
                is_restored = self._empty(cursor)
        except OperationalError:
            is_restored = False
        finally:
            connection.close()
        if not is_restored:
            with _server() as cursor:
                _copy(cursor, self.template)

    def _empty(self, cursor):
        """Whether all is as it was."""
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        if filled := self._filled(cursor, self.empty):
            # Without foreign keys and triggers: what they guard goes as well.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in filled))
            cursor.execute("SET session_replication_role = DEFAULT")
        return self._rows(cursor) == self.rows

    def _filled(self, cursor, tables):
        looks = (f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\")" for t in tables)
        cursor.execute(" UNION ALL ".join(looks))
        return {table for (table,) in cursor.fetchall()}

    def _rows(self, cursor):
        """A digest of the rows of each table that migrations filled."""
        digests = (
            f"(SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM \"{t}\" r)"
            for t in self.kept
        )
        cursor.execute(f"SELECT {', '.join(digests)}")
        return cursor.fetchone()


def drop_copy():
    connection.close()
    with _server() as cursor:
        _drop(cursor, _name())


def _name():
    return f"{COPY}{os.getpid()}"


def _digest():
    """Of the migrations of all installed apps, Django's own included."""
    paths = [p for app in apps.get_app_configs() for p in Path(app.path).glob("migrations/*.py")]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.parent.parent.name}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _server():
    """A cursor outside all test databases, for one process at a time."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield cursor


def _forgo_durability(cursor):
    for setting in DURABILITY:
        cursor.execute(f"ALTER SYSTEM SET {setting} = off")
    cursor.execute("SELECT pg_reload_conf()")


def _databases(cursor):
    cursor.execute("SELECT datname FROM pg_database")
    return {name for (name,) in cursor.fetchall()}


def _drop_leftovers(cursor, template):
    """Drop copies whose process has ended; templates of other migrations if no other run is on."""
    names = _databases(cursor)
    copies = {name for name in names if name.removeprefix(COPY).isdigit()}
    ended = {name for name in copies if not psutil.pid_exists(int(name.removeprefix(COPY)))}
    for name in ended:
        _drop(cursor, name)
    if copies == ended:
        for name in names - {template}:
            if name.startswith(TEMPLATE):
                _drop(cursor, name)


def _build(cursor, template):
    """Migrate under another name: what is interrupted is never taken for a template."""
    unfinished = f"{template}_unfinished"
    _drop(cursor, unfinished)
    cursor.execute(f"CREATE DATABASE {unfinished}")
    _use(unfinished)
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    cursor.execute(f"ALTER DATABASE {unfinished} RENAME TO {template}")


def _copy(cursor, template):
    _drop(cursor, _name())
    cursor.execute(f"CREATE DATABASE {_name()} TEMPLATE {template}")


def _drop(cursor, name):
    cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _use(name):
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
