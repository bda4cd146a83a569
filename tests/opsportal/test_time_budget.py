import signal
import threading

import pytest

from opsportal.lib.time_budget import TimeBudgetExceeded, run_within


def spin_and_swallow():
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001 - that is what is tried.
            pass


def test_what_is_quick_returns_its_result_and_leaves_no_timer_behind():
    assert run_within(5, divmod, 7, 2) == (3, 1)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_what_never_ends_is_broken_off_though_it_catches_every_exception():
    with pytest.raises(TimeBudgetExceeded, match=r"longer than 0\.1 s"):
        run_within(0.1, spin_and_swallow)

    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_its_own_exceptions_come_through():
    with pytest.raises(ZeroDivisionError):
        run_within(5, divmod, 1, 0)


def test_other_threads_have_no_limit():
    results = []
    thread = threading.Thread(target=lambda: results.append(run_within(0.001, sum, range(10**6))))

    thread.start()
    thread.join()

    assert results == [499999500000]
