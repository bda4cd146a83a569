"""What is told of a change: by time, each once, and nothing of the past."""

import pytest

from escalation.schedules.shift_changes import ChangeKind, ShiftChange, Told, changes_of

NOW, UNTIL = 100, 1000
GAINED, LOST, MOVED = ChangeKind.GAINED, ChangeKind.LOST, ChangeKind.MOVED


def told(*rows):
    return [Told(key, user, start, end) for key, user, start, end in rows]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            [("a", 1, 200, 300)], [("a", 1, 200, 300)], [], id="nothing where nothing changed"
        ),
        pytest.param([("a", 1, 200, 300)], [], [(1, LOST, 200, 300)], id="a shift that is gone"),
        pytest.param([], [("a", 1, 200, 300)], [(1, GAINED, 200, 300)], id="a shift that is new"),
        pytest.param(
            [("a", 1, 200, 600)],
            [("a", 1, 200, 300), ("o", 2, 300, 400), ("b", 1, 400, 600)],
            [(1, LOST, 300, 400), (2, GAINED, 300, 400)],
            id="an override tells the time that it takes, not the pieces that are left",
        ),
        pytest.param(
            [("a", 1, 200, 300)],
            [("b", 1, 200, 250), ("c", 1, 250, 300)],
            [],
            id="a shift that is only cut otherwise",
        ),
        pytest.param(
            [("a", 1, 200, 300)],
            [("a", 1, 210, 310)],
            [(1, MOVED, 210, 310)],
            id="a shift of which both ends moved",
        ),
        pytest.param(
            [("a", 1, 200, 300)],
            [("a", 1, 200, 280)],
            [(1, LOST, 280, 300)],
            id="a shift that is shorter",
        ),
        pytest.param([("a", 1, 10, 90)], [], [], id="nothing that is past"),
        pytest.param(
            [("a", 1, 50, 300)], [], [(1, LOST, 100, 300)], id="of what is running the rest"
        ),
        pytest.param(
            [("a", 1, 50, 300)],
            [("a", 1, 120, 320)],
            [(1, GAINED, 300, 320), (1, LOST, 100, 120)],
            id="what has begun does not move",
        ),
        pytest.param([], [("a", 1, 1000, 1100)], [], id="nothing beyond what was told before"),
    ],
)
def test_a_change_is(before, after, expected):
    found = changes_of(told(*before), told(*after), NOW, UNTIL)

    assert sorted((one.user, one.kind, one.start, one.end) for one in found) == sorted(expected)


def test_what_moved_says_when_it_was():
    (found,) = changes_of(told(("a", 1, 200, 300)), told(("a", 1, 210, 310)), NOW, UNTIL)

    assert found == ShiftChange(1, MOVED, 210, 310, was=(200, 300))


def test_what_somebody_took_is_not_told_to_them():
    after = [Told("o", 2, 200, 300, is_own=True)]

    found = changes_of(told(("a", 1, 200, 300)), after, NOW, UNTIL)

    assert [(one.user, one.kind) for one in found] == [(1, LOST)]
