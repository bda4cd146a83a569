"""What each kind of process asks of its server; tried against a real one."""

import signal
import time

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from opsportal.lib.database_roles import NO_ROLE, options_by_role
from opsportal.runtime.watchdog import HUNG_AFTER
from tests.attacks import engines

SOON_S = 60  # Seconds of an idle machine; the server looks every two.
SLEEPER = """
import django
django.setup()
from django.db import connection
from opsportal.lib.database_roles import use_role
use_role("{role}")
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_sleep(100000) /* {role} */")
"""
RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s"


@pytest.fixture(params=settings.DATABASE_ROLES)
def role(request):
    return request.param


def shown(role, *names):
    """What the server says of a connection of this role."""
    params = connection.get_connection_params() | settings.DATABASE_ROLES[role]
    for name in ("cursor_factory", "context", "prepare_threshold", "server_side_binding"):
        params.pop(name, None)
    with psycopg.connect(**params) as line:
        return [line.execute(f"SHOW {name}").fetchone()[0] for name in names]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [NO_ROLE, "engine"])
def test_the_query_of_a_process_that_is_killed_ends_within_seconds(role):
    with engines.run_python(SLEEPER.format(role=role)) as process:
        wait_until(lambda: running(role) == 1)
        process.send_signal(signal.SIGKILL)

    wait_until(lambda: running(role) == 0)


def running(role):
    with connection.cursor() as cursor:
        cursor.execute(RUNNING, [f"SELECT pg_sleep%/* {role} */"])
        return cursor.fetchone()[0]


def wait_until(condition):
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.django_db
def test_each_role_notices_who_is_gone(role):
    # Of a socket the server says nothing about TCP.
    assert shown(role, "client_connection_check_interval") == ["2s"]
    assert "-c tcp_user_timeout=30s" in settings.DATABASE_ROLES[role]["options"]


@pytest.mark.django_db
def test_migrations_may_take_as_long_as_they_need_and_all_others_may_not(role):
    timeouts = shown(role, "statement_timeout", "idle_in_transaction_session_timeout")

    assert [timeout == "0" for timeout in timeouts] == 2 * [role == NO_ROLE]


@pytest.mark.django_db
def test_the_engine_gives_up_a_statement_before_it_passes_for_hung():
    (timeout,) = shown("engine", "statement_timeout")

    assert int(timeout.removesuffix("s")) < HUNG_AFTER.total_seconds()


def test_a_variable_changes_a_parameter_of_all_roles_but_no_migration_ends():
    found = options_by_role({}, ["statement_timeout=2min", "client_connection_check_interval="])

    assert "-c statement_timeout=2min" in found["web"]["options"]
    assert "-c statement_timeout=0" in found[NO_ROLE]["options"]
    assert "client_connection_check_interval" not in found["web"]["options"]


def test_what_the_url_says_wins():
    given = {"host": "/run", "options": "-c statement_timeout=5s", "keepalives_idle": 3}

    found = options_by_role(given, [])["web"]

    assert found["host"] == "/run"
    assert found["keepalives_idle"] == 3
    assert found["options"].endswith("-c statement_timeout=5s")
