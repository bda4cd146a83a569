"""What an operation costs: CPU time of this thread, in units of work that is done beside it.

A machine that is busy or slow slows both down, so a test compares with a reference and not with a
clock.
"""

import time
import tracemalloc

TRIES = 3


def _reference():
    """About 10 ms of Python on a machine of today."""
    total = 0
    for number in range(200_000):
        total += number & 7
    return total


def cpu_s(operation):
    """The least CPU time of three tries, in seconds; what it raises counts as an answer."""
    return min(_once(operation) for _ in range(TRIES))


def units(operation):
    """The same, in units of 10 ms on a machine of today."""
    return cpu_s(operation) / cpu_s(_reference)


def growth(make, operation, size):
    """How many times longer four times the input takes: 4 where it is linear, 16 for a square.

    What costs less than half a unit at both sizes is taken as linear.
    """
    small, large = make(size), make(4 * size)
    first, second = cpu_s(lambda: operation(small)), cpu_s(lambda: operation(large))
    floor = cpu_s(_reference) / 2
    return max(second, floor) / max(first, floor)


def peak_bytes(operation):
    """The most memory that was allocated at one time."""
    tracemalloc.start()
    try:
        _answer(operation)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _once(operation):
    begin = time.thread_time()
    _answer(operation)
    return time.thread_time() - begin


def _answer(operation):
    try:
        return operation()
    except Exception as answer:  # noqa: BLE001 - an error is an answer, too
        return answer
