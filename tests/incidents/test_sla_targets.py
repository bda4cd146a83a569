"""Targets and warnings as text, and which of them holds."""

import pytest

from incidents.sla_targets import (
    targets_for,
    targets_from_text,
    text_of_targets,
    text_of_warnings,
    warnings_from_text,
)


def test_the_first_target_that_fits_holds():
    rows = targets_from_text(
        "P1 critical: acknowledge 5, resolve 60\nerror: resolve 120\nresolve 9"
    )

    assert targets_for(rows, "critical", "P1") == (5, 60)
    assert targets_for(rows, "critical", "") == (None, 9)
    assert targets_for(rows, "error", "P1") == (None, 120)
    assert targets_from_text(text_of_targets(rows)) == rows


@pytest.mark.parametrize("text", ["P9: resolve 5", "critical", "critical: resolve soon", ": x 5"])
def test_what_is_no_target_is_refused(text):
    with pytest.raises(ValueError, match="no "):
        targets_from_text(text)


def test_warnings_are_written_as_text():
    rows = warnings_from_text("resolve 15; acknowledge 80%")

    assert text_of_warnings(rows) == "resolve 15; acknowledge 80%"
    with pytest.raises(ValueError, match="at most 3"):
        warnings_from_text("resolve 1; resolve 2; resolve 3; resolve 4")
