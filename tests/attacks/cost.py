"""What an operation costs: CPU time of this thread, in units of work that is done beside it.

A machine that is busy or slow slows both down, so a test compares with a reference and not with a
clock. What is too much is tried again, and the least of three tries counts.
"""

import time
import tracemalloc

TRIES = 3
MAX_GROWTH = 8  # Four times the input: 4 is linear, 16 a square.
MIN_S = 0.004  # What costs less, costs this: clocks and caches say nothing there.


def reference():
    """About 10 ms of Python on a machine of today."""
    total = 0
    for number in range(200_000):
        total += number & 7
    return total


def units(operation, enough):
    """Its CPU time in units of 10 ms on a machine of today; tried again unless below ``enough``."""
    return _least(lambda: cpu_s(operation) / cpu_s(reference), enough)


def growth(make, operation, size):
    """How many times longer four times the input takes."""
    small, large = make(size), make(4 * size)

    def once():
        first, second = cpu_s(lambda: operation(small)), cpu_s(lambda: operation(large))
        return max(second, MIN_S) / max(first, MIN_S)

    return _least(once, MAX_GROWTH)


def peak_bytes(operation):
    """The most memory that was allocated at one time."""
    tracemalloc.start()
    try:
        _answer(operation)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def cpu_s(operation):
    """The CPU time of this thread, in seconds; what it raises counts as an answer."""
    begin = time.thread_time()
    _answer(operation)
    return time.thread_time() - begin


def _least(measure, enough):
    found = []
    while len(found) < TRIES and not (found and found[-1] < enough):
        found.append(measure())
    return min(found)


def _answer(operation):
    try:
        return operation()
    except Exception as answer:  # noqa: BLE001 - an error is an answer, too
        return answer
