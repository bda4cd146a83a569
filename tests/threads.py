"""Real races: functions that begin at the same instant, each with a connection of its own."""

import threading
from contextlib import contextmanager

from django.db import connection


def race(*functions):
    """What each returned, or the exception that it raised."""
    gate, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(at, function):
        gate.wait(60)
        try:
            results[at] = function()
        except Exception as error:  # noqa: BLE001 - the test looks at it.
            results[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


@contextmanager
def elsewhere(hold):
    """Runs ``hold`` in another connection, and keeps what it holds until the end of the block."""
    held, over = threading.Event(), threading.Event()

    def run():
        try:
            with hold():
                held.set()
                over.wait(120)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    held.wait(60)
    yield
    over.set()
    thread.join()
