"""A database of an earlier state becomes one of this state, with all that is in it."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from opsportal.lib.encryption import key_id_of
from tests.upgrade.make_dump import DUMPS, SECRET_KEY

ROOT = Path(__file__).parents[2]
# Read every row through its model, which decrypts what is encrypted, and every plan.
READ_ALL = """
from django.apps import apps
for model in apps.get_models():
    for row in model._default_manager.all():
        str(row), row.pk
        assert not [v for v in row.__dict__.values() if type(v).__name__ == "Unreadable"]
        row.plan if model.__name__ == "Run" else None
"""


@pytest.fixture
def database():
    """A database of its own on the tests' server, dropped afterwards; yields its URL."""
    name = f"upgrade_{os.getpid()}"
    server = settings.DATABASE_URL
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(database, *arguments):
    variables = {**os.environ, "DATABASE_URL": database, "SECRET_KEY": SECRET_KEY}
    variables["DJANGO_SETTINGS_MODULE"] = "opsportal.settings"
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows_of(dump):
    """How many rows the dump holds, by table."""
    return Counter(re.findall(r"^INSERT INTO public\.(\w+) ", dump, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(path.stem for path in DUMPS.glob("*.sql")))
def test_a_dump_is_upgraded_with_all_that_is_in_it(database, name):
    dump = (DUMPS / f"{name}.sql").read_text()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(dump)

    manage(database, "migrate", "--verbosity", "0")
    manage(database, "migrate", "--check")
    manage(database, "shell", "-c", READ_ALL)

    with psycopg.connect(database) as connection:
        [canary] = connection.execute("SELECT canary FROM opsportal_encryptionkey").fetchone()
        assert canary.startswith(key_id_of(SECRET_KEY))
        for table in ("incidents_incident", "incidents_timelineentry", "escalation_run"):
            count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            assert count == rows_of(dump)[table] > 0


def test_there_is_a_dump_of_the_first_public_schema():
    assert (DUMPS / "0001.sql").exists()
