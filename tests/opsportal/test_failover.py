"""A server that goes, turns read-only, or answers no more; and the one that takes its place."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from escalation.actions import process_health
from integrations.models import InboundMessage
from opsportal.lib import pg_notify
from opsportal.lib.database_errors import UNAVAILABLE
from opsportal.lib.pg_notify import Listener, notify
from opsportal.runtime.task_broker import PostgresBroker
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, post
from tests.postgres import Proxy

CHANNEL = "opsportal_test_failover"
NOTICED_S = 30  # At the latest a LISTEN that is half-open is noticed by then.
SOON_S = 30  # Far more than it takes, unless other work keeps all cores busy.


def turn_read_only():
    """As if this connection led to a server that has become a standby."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")


def end_session():
    """As an administrator, or a server that shuts down, does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    in_another_session(f"SELECT pg_terminate_backend({pid})")


def lose_socket():
    connection.ensure_connection()
    connection.connection.pgconn.finish()


def wait_too_long():
    """The next statement finds that the server has ended a transaction that was idle."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '50ms'")
        cursor.execute("BEGIN")
        time.sleep(0.3)


TROUBLES = [turn_read_only, end_session, lose_socket, wait_too_long]


@pytest.fixture
def broker(transactional_db):
    broker = PostgresBroker("failover")
    yield broker
    broker.listener.close()


def in_another_session(*statements):
    def run():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)


@pytest.fixture(autouse=True)
def fresh_connection(request):
    yield
    if "transactional_db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_message_is_taken_by_a_connection_that_has_become_useless(client, trouble):
    integration = make_integration()
    post(client, integration, FAILURE)
    trouble()

    answers = [post(client, integration, FAILURE).status_code for _ in range(2)]

    assert answers == [202, 202]
    assert InboundMessage.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_tasks_are_found_again_after_the_connection_has_become_useless(trouble, broker):
    broker.enqueue("payload")
    trouble()

    found = [broker.dequeue() for _ in range(2)]

    assert [task for tasks in found if tasks for _, task in tasks] == ["payload"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_task_is_acknowledged_by_a_connection_that_has_become_useless(trouble, broker):
    task_id = broker.enqueue("payload")
    trouble()

    broker.acknowledge(task_id)

    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_task_that_cannot_be_acknowledged_ends_nobody_and_is_done_again(monkeypatch, broker):
    """django-q's monitor would end, and take the whole service with it."""
    task_id = broker.enqueue("payload")
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        broker.acknowledge(task_id)
        assert broker.dequeue() is None

    assert [task for _, task in broker.dequeue()] == ["payload"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_it_is_an_error_after_which_loops_hang_up_and_then_all_is_well(trouble):
    trouble()

    def write():
        notify(connection, CHANNEL)
        OrmQ.objects.create(key="x", payload="x", lock="2026-01-01T00:00:00Z")

    with pytest.raises(UNAVAILABLE):
        write()
    assert not connection.is_usable()
    connection.close_if_unusable_or_obsolete()
    write()


@pytest.mark.django_db(transaction=True)
def test_a_request_that_only_reads_leaves_a_server_that_has_turned_read_only(client):
    """It would show what was true when the server was left behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        before = cursor.fetchone()
    turn_read_only()

    connection.close_if_unusable_or_obsolete()  # What Django does at the start of a request.
    connection.health_check_enabled = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        after = cursor.fetchone()

    assert before != after


@pytest.mark.django_db
def test_healthz_says_that_the_database_takes_no_writes(client):
    process_health.record_heartbeat("engine", now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["components"]["database"]["note"] == "takes no writes: it is read-only"


# LISTEN


@pytest.fixture
def proxy(transactional_db):
    """All connections of this thread lead through a proxy."""
    folder = settings.DATABASES["default"]["OPTIONS"]["host"]
    proxy = Proxy(f"{folder}/.s.PGSQL.5432")
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", str(proxy.port))
        yield proxy
        connection.close()
    proxy.close()


@contextmanager
def listening():
    listener = Listener([CHANNEL])
    try:
        assert listener.wait(5)
        yield listener
    finally:
        listener.close()


def until_connected_anew(listener):
    """For how many seconds it waits until it has another connection."""
    began, old = time.monotonic(), listener.connection
    while listener.connection is old or listener.connection is None:
        listener.wait(5)
        assert time.monotonic() - began < NOTICED_S
    return time.monotonic() - began


def test_a_listen_that_is_half_open_is_noticed_and_renewed(proxy):
    with listening() as listener:
        proxy.stall()

        took_s = until_connected_anew(listener)

        notify(connection, CHANNEL)
        assert listener.wait(5)
        limit_s = pg_notify.KEEPALIVE_S + pg_notify.ANSWER_TIMEOUT_S
        assert pg_notify.KEEPALIVE_S <= took_s < NOTICED_S
        assert limit_s < NOTICED_S


def test_this_threads_own_connection_hangs_up_with_a_listen_to_a_server_that_is_read_only(proxy):
    with listening() as listener:
        connection.ensure_connection()
        turn_read_only()
        listener.connection.execute("SET default_transaction_read_only = on")

        until_connected_anew(listener)

        assert connection.connection is None


def test_a_listen_that_is_ended_by_the_server_is_renewed_at_once(proxy):
    with listening() as listener:
        pid = listener.connection.info.backend_pid
        in_another_session(f"SELECT pg_terminate_backend({pid})")

        assert until_connected_anew(listener) < pg_notify.KEEPALIVE_S


def test_a_quiet_server_is_asked_and_kept(proxy):
    with listening() as listener:
        old = listener.connection

        assert listener.wait(pg_notify.KEEPALIVE_S * 1.5) is False
        assert listener.connection is old


def test_what_is_notified_while_the_server_is_asked_is_not_lost(proxy):
    """It arrives with the answer, and nothing more comes that would wake anybody."""
    with listening() as listener:
        notify(connection, CHANNEL)
        time.sleep(0.2)
        listener.checked_at = time.monotonic() - pg_notify.KEEPALIVE_S

        assert listener.wait(2)


# Several hosts
