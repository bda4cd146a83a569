"""Tests of many rows: as one test, where one for each would cost more than what it tries; and rows
that cost too much for the usual run."""

import functools
import inspect
import reprlib

import pytest


def each(names, rows):
    """As ``pytest.mark.parametrize``, but as one test: it tries all rows, and says which failed.

    What the test asks for besides ``names`` are fixtures, which its rows share: a row must neither
    need nor leave anything that the next would notice. Two of these try each row with each.
    """
    names = names.replace(",", " ").split() if isinstance(names, str) else names
    rows = [dict(zip(names, row if len(names) > 1 else [row], strict=True)) for row in rows]
    assert rows

    def decorate(test):
        @functools.wraps(test)
        def try_all(**fixtures):
            failures = []
            for row in rows:
                try:
                    test(**row, **fixtures)
                except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001 - all rows are tried
                    failure.add_note(f"The row: {', '.join(map(_name_of, row.values()))}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(rows)} rows", failures)

        asked = inspect.signature(test).parameters
        fixtures = [parameter for name, parameter in asked.items() if name not in names]
        del try_all.__wrapped__  # pytest would ask it for its parameters.
        try_all.__signature__ = inspect.Signature(fixtures)
        return try_all

    return decorate


def at_length(*rows):
    """Rows for ``pytest.mark.parametrize`` that only `make test-all` tries.

    They vary a mechanism that the other rows of the test prove.
    """
    mark = pytest.mark.endurance
    return [pytest.param(*(r if isinstance(r, tuple) else (r,)), marks=mark) for r in rows]


def _name_of(value):
    return getattr(value, "slug", "") or getattr(value, "name", "") or reprlib.repr(value)
