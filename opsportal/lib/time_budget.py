"""A limit on the time of pure computation, whatever it does.

Two timers of the kernel watch over it. The first raises in the main thread, also where the code
catches every `Exception`; the second ends the process where that does not help, as in C code that
never returns. Only pure code may be called: an exception in a query would break its connection.
"""

import faulthandler
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
RAISE_AGAIN_S = 0.2  # What was raised may have been swallowed.


class TimeBudgetExceeded(Exception):
    """It took longer than it may."""


class _Interrupt(BaseException):
    """No Exception: code that catches all of those must not go on."""


def run_within(seconds: float, function: Callable[..., T], *args: Any) -> T:
    """What ``function(*args)`` returns. Raises TimeBudgetExceeded after so many seconds.

    Without a limit outside of the main thread. After a quarter more of CPU time, in a process
    that called `kill_when_stuck`, it dies by SIGPROF.
    """
    if threading.current_thread() is not threading.main_thread():
        return function(*args)
    try:
        try:
            signal.signal(signal.SIGALRM, _interrupt)
            signal.setitimer(signal.ITIMER_REAL, seconds, RAISE_AGAIN_S)
            if _kills:
                signal.setitimer(signal.ITIMER_PROF, 1.25 * seconds)
            return function(*args)
        finally:
            _disarm()
    except _Interrupt:
        _disarm()  # It may have come in the middle of the other one.
        raise TimeBudgetExceeded(f"It took longer than {seconds:g} s") from None


def _disarm() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.setitimer(signal.ITIMER_PROF, 0)


_kills: list[bool] = []


def kill_when_stuck() -> None:
    """From now on this process dies, with a traceback, of what cannot be interrupted."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.register(signal.SIGPROF, file=2, all_threads=False, chain=True)
    _kills.append(True)


def _interrupt(*_: object) -> None:
    raise _Interrupt
