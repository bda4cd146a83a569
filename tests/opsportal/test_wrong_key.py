"""With another SECRET_KEY than that of its database nothing starts; and how a key is exchanged."""

import atexit
import os
import re
import subprocess
import sys
from functools import cache
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from opsportal.lib import encryption
from tests.commands import Commands
from tests.portal import ROOT, free_port
from tests.rows import each

KEY = settings.SECRET_KEY
OTHER = "the-key-of-a-second-node-with-a-folder-of-its-own"
SOON_S = 120
pytestmark = pytest.mark.slow  # Each command is a process of its own.
FILL = (
    "from integrations.models import MailAccount as M;"
    "M.objects.create(name='{0}', host='h', username='u', password='{0}')"
)
READ = (
    "from integrations.models import MailAccount as M; print([a.password for a in M.objects.all()])"
)
COMMANDS = [
    ["portal"],
    ["engine"],
    ["scheduler"],
    ["qcluster"],
    ["mail_receiver"],
    ["migrate"],
    ["demo"],
    ["shell", "-v", "0", "-c", FILL.format("second")],
    ["createsuperuser", "--noinput", "--email", "a@example.com"],
    ["secrets", "reencrypt"],
]


@pytest.fixture(scope="module")
def template(django_db_setup):
    """The URL of a migrated database whose key is KEY, with one secret in it."""
    connection.close()  # Else nobody may copy it.
    for url in make_database(connection.settings_dict["NAME"], "keys"):
        manage(url, "shell", "-v", "0", "-c", FILL.format("first"))
        yield url


@pytest.fixture
def database(template):
    """A copy for one test."""
    yield from make_database(urlsplit(template).path.lstrip("/"), "keys_copy")


def make_database(template, name):
    name = f"{name}_{os.getpid()}"
    server = settings.DATABASE_URL
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        session.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        session.execute(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def commands():
    started = Commands(DATABASE_URL=settings.DATABASE_URL, PORT=str(free_port()))
    atexit.register(started.close)
    return started


def run(database, *arguments, key=KEY, fallbacks=()):
    return commands().run(database, *arguments, key=key, fallbacks=fallbacks)


def run_python(database, *arguments, key):
    """In a process of its own."""
    variables = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "opsportal.settings",
        "DATABASE_URL": database,
        "SECRET_KEY": key,
        "PORT": str(free_port()),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=SOON_S,
    )


def manage(database, *arguments, **keys):
    done = run(database, *arguments, **keys)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stored(database):
    """Everything that is encrypted, as it stands; the canary first."""
    with psycopg.connect(database) as session:
        canary = session.execute("SELECT canary FROM opsportal_encryptionkey").fetchall()
        rows = "SELECT password FROM integrations_mailaccount ORDER BY id"
        return [value for (value,) in canary + session.execute(rows).fetchall()]


def ids(database):
    return [encryption.split(value)[0] for value in stored(database)]


@each("command", COMMANDS)
def test_with_another_key_nothing_starts_and_the_fingerprints_say_which(template, command):
    before = stored(template)

    refused = run(template, *command, key=OTHER)

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert f"encrypted with the key {encryption.key_id_of(KEY)}" in said
    assert f"SECRET_KEY here is {encryption.key_id_of(OTHER)}" in said
    assert KEY not in said
    assert OTHER not in said
    assert stored(template) == before


def test_the_web_application_serves_nothing_with_another_key(template):
    """Under another WSGI server, which does not come by any command."""
    ask = (
        "from django.test import Client\n"
        "from opsportal.wsgi import application\n"
        "for _ in range(2):\n"
        "    answer = Client(raise_request_exception=False).get('/admin/login/?next=/')\n"
        "    answer = Client(raise_request_exception=False).get('/api/v1/me/', "
        "headers={'Authorization': 'Bearer op_0000'})\n"
        "    print(answer.status_code)\n"
    )
    done = run_python(template, "-c", ask, key=OTHER)

    assert done.stdout.split() == ["500", "500"], done.stdout + done.stderr


def test_the_refusal_of_the_portal_is_a_sentence_and_no_traceback(template):
    refused = run_python(template, "manage.py", "portal", key=OTHER)

    assert "encrypted with the key" in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr


def test_status_names_both_keys_and_counts_what_cannot_be_read(template):
    found = run(template, "secrets", "status", key=OTHER)

    assert f"the database: {encryption.key_id_of(KEY)}" in found.stdout
    assert "MailAccount.password: 0 under a fallback, 1 cannot be read" in found.stdout
    assert found.returncode == 1


def test_a_key_is_exchanged_step_by_step_and_twice_changes_nothing(database):
    new = {"key": OTHER, "fallbacks": [KEY]}
    mine, other = encryption.key_id_of(KEY), encryption.key_id_of(OTHER)
    manage(database, "shell", "-v", "0", "-c", FILL.format("second"), **new)
    assert ids(database) == [mine, mine, other]
    before = stored(database)

    counted = manage(database, "secrets", "reencrypt", "--dry-run", **new)

    assert stored(database) == before
    assert "MailAccount.password: 1 under SECRET_KEY, 1 to be encrypted anew" in counted
    assert "MailAccount.password: 1 encrypted anew" in manage(
        database, "secrets", "reencrypt", **new
    )
    assert ids(database) == [other, other, other]
    done = stored(database)
    assert "MailAccount.password: 0 encrypted anew" in manage(
        database, "secrets", "reencrypt", **new
    )
    assert stored(database) == done
    assert (
        manage(database, "shell", "-v", "0", "-c", READ, key=OTHER).strip() == "['first', 'second']"
    )
    assert run(database, "shell", "-v", "0", "-c", READ, key=KEY).returncode != 0


def test_a_lost_key_is_given_up_and_what_it_encrypted_stays_as_it_is(database):
    before = stored(database)

    said = manage(database, "secrets", "adopt", key=OTHER)

    assert "MailAccount.password: 1 cannot be read; enter them anew" in said
    assert stored(database)[1:] == before[1:]
    assert run(database, "shell", "-v", "0", "-c", "pass", key=OTHER).returncode == 0
    manage(database, "shell", "-v", "0", "-c", FILL.format("second"), key=OTHER)
    partly = run(database, "secrets", "reencrypt", key=OTHER)
    assert partly.returncode == 1
    assert "1 secrets cannot be read" in partly.stderr
    assert stored(database)[1] == before[1]
    assert re.search(r"the database: \w{8}", run(database, "secrets", "status", key=OTHER).stdout)


def test_reencrypting_leaves_to_others_what_they_change_meanwhile(database):
    """It replaces only what it has read: a change in between is not undone."""
    code = (
        "from opsportal.runtime import encrypted_columns as e;"
        "from integrations.models import MailAccount as M;"
        "[c] = [c for c in e.columns() if c.label.endswith('MailAccount.password')];"
        "[(pk, old)] = list(c.stored());"
        "M.objects.update(password='changed');"
        "print(c.replace(pk, old, 'spoilt'))"
    )

    said = manage(database, "shell", "-v", "0", "-c", code)

    assert said.strip() == "False"
    assert manage(database, "shell", "-v", "0", "-c", READ).strip() == "['changed']"


@pytest.mark.parametrize("is_old", [True, False])
def test_a_database_without_a_canary_gets_one_only_if_its_secrets_can_be_read(database, is_old):
    """One that was restored from an older version, whose values have no fingerprints."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("DELETE FROM opsportal_encryptionkey")
        if is_old:
            session.execute(
                "UPDATE integrations_mailaccount SET password = split_part(password, '.', 2)"
            )

    refused = run(database, "migrate", key=OTHER)

    assert refused.returncode != 0
    expected = "a key that is not known here" if is_old else f"key {encryption.key_id_of(KEY)}"
    assert f"encrypted with {'' if is_old else 'the '}{expected}" in refused.stderr
    assert len(stored(database)) == 1
    manage(database, "migrate", "--verbosity", "0")
    assert ids(database)[0] == encryption.key_id_of(KEY)


def test_a_database_some_of_whose_secrets_are_of_another_key_is_taken(database):
    """A second node had written some of them before there were canaries."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("DELETE FROM opsportal_encryptionkey")
    manage(database, "shell", "-v", "0", "-c", FILL.format("second"), key=OTHER)

    manage(database, "migrate", "--verbosity", "0")

    assert ids(database)[0] == encryption.key_id_of(KEY)
    assert run(database, "secrets", "status").returncode == 1
