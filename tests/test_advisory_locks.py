"""The register of advisory locks: no two are the same, and none is taken by another way."""

import re
import threading
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from notifications.actions.fallback import lock_person
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock, LockLost, Space
from tests.test_architecture import APPS, ROOT, sources

REGISTER = ROOT / "opsportal" / "lib" / "advisory_locks.py"
TAKEN = re.compile(r"pg_(?:try_)?advisory_\w+")


def test_no_two_spaces_and_no_two_locks_have_one_number():
    """An alias of an enumeration would be no member of its own: all names are counted."""
    for register in (Lock, Space):
        assert len(register.__members__) == len(set(register.__members__.values()))
    assert all(0 < number < 2**31 for number in Space)
    assert all(0 < number < 2**63 for number in Lock)


@pytest.mark.parametrize("app", APPS)
def test_no_lock_is_taken_but_by_the_register(app):
    found = {
        f"{path.relative_to(ROOT)}: {call}"
        for path in sources(app)
        if path != REGISTER
        for call in TAKEN.findall(path.read_text())
    }

    assert found == set()


def test_what_the_register_says_is_found_by_the_search():
    assert TAKEN.findall(REGISTER.read_text())


def test_every_lock_of_the_register_is_taken_somewhere():
    text = "".join(path.read_text() for app in APPS for path in sources(app))

    unused = [
        name
        for register in (Lock, Space)
        for name in register.__members__
        if f"{register.__name__}.{name}" not in text
    ]

    assert unused == []


def elsewhere(work):
    """What ``work`` returns or raises in another session of the database."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return found[0] if found else "waits"


def tries(lock, row_id=None):
    def work():
        with transaction.atomic():
            return advisory_locks.try_lock(lock, row_id)

    return work


@pytest.mark.django_db(transaction=True)
def test_a_mailbox_that_is_polled_holds_up_no_person_with_its_number():
    def give_up():
        with transaction.atomic():
            lock_person(7)
        return "done"

    with advisory_locks.session_lock(Space.MAIL_ACCOUNT, 7):
        assert elsewhere(give_up) == "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("held", [*Space, *Lock])
def test_each_lock_excludes_itself_and_no_other(held):
    def row_of(lock):
        return 7 if isinstance(lock, Space) else None

    with transaction.atomic():
        advisory_locks.lock(held, row_of(held))
        free = {lock: elsewhere(tries(lock, row_of(lock))) for lock in (*Space, *Lock)}

    assert [lock for lock, is_free in free.items() if not is_free] == [held]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row_id", [0, 1, 2**31 - 1, 2**31, 2**32 + 5, 2**63 - 1])
def test_any_id_can_be_locked_and_its_neighbour_stays_free(row_id):
    with transaction.atomic():
        assert advisory_locks.try_lock(Space.ENGINE_QUEUE, row_id)
        assert elsewhere(tries(Space.ENGINE_QUEUE, row_id)) is False
        assert elsewhere(tries(Space.ENGINE_QUEUE, row_id ^ 1)) is True


@pytest.mark.django_db(transaction=True)
def test_alert_keys_are_beside_the_named_locks_and_exclude_themselves():
    pairs = [(1, f"key {number}") for number in range(200)]

    with transaction.atomic():
        advisory_locks.lock_keys(pairs)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (classid::bigint << 32) | objid::bigint, objsubid FROM pg_locks"
                " WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            )
            rows = cursor.fetchall()
        free = elsewhere(tries(Lock.PRUNE))

    assert len(rows) == 200
    assert all(number < 0 and kind == 1 for number, kind in rows)
    assert free is True


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_would_end_at_once_is_refused():
    for call in (
        lambda: advisory_locks.lock(Space.PERSON_FALLBACK, 1),
        lambda: advisory_locks.try_lock(Lock.PRUNE),
        lambda: advisory_locks.lock_keys([(1, "a")]),
    ):
        with pytest.raises(TransactionManagementError):
            call()


@pytest.mark.django_db(transaction=True)
def test_a_space_needs_a_row_and_a_lock_has_none():
    with transaction.atomic():
        with pytest.raises(TypeError):
            advisory_locks.try_lock(Space.PERSON_FALLBACK)
        with pytest.raises(TypeError):
            advisory_locks.try_lock(Lock.PRUNE, 1)


@pytest.mark.django_db(transaction=True)
def test_a_lock_of_a_session_is_let_go_after_an_error_too():
    with pytest.raises(ValueError, match="broken"), advisory_locks.session_lock(Lock.MIGRATION):
        raise ValueError("broken")

    assert elsewhere(tries(Lock.MIGRATION)) is True


@pytest.mark.django_db(transaction=True)
def test_whoever_lost_the_connection_is_told_that_the_lock_went_with_it():
    def reconnect():
        with advisory_locks.session_lock(Lock.MIGRATION):
            connection.close()
            connection.ensure_connection()

    with pytest.raises(LockLost, match="MIGRATION"):
        reconnect()

    assert elsewhere(tries(Lock.MIGRATION)) is True


@pytest.mark.django_db(transaction=True)
def test_the_error_that_ended_the_connection_is_not_hidden_by_the_lock():
    def break_down():
        with advisory_locks.session_lock(Lock.MIGRATION):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                [pid] = cursor.fetchone()
            elsewhere(lambda: _terminate(pid))
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        break_down()
    connection.close()


def _terminate(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_waited_for_beyond_the_time_limit_of_statements():
    taken, released = threading.Event(), threading.Event()

    def hold():
        with advisory_locks.session_lock(Lock.MIGRATION):
            taken.set()
            released.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    threading.Timer(0.6, released.set).start()
    began = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 200")
    with advisory_locks.awaited_session_lock(Lock.MIGRATION):
        waited_s = (timezone.now() - began).total_seconds()
    holder.join()
    connection.close()

    assert waited_s >= 0.5


def test_the_tests_take_the_locks_of_the_portal_by_no_number_either():
    numbers = {hex(number).lower() for number in (*Lock, *Space)}
    text = "".join(path.read_text().lower() for path in Path(ROOT / "tests").rglob("*.py"))

    assert [number for number in numbers if number in text and len(number) > 5] == []
