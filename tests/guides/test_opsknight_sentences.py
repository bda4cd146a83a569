"""Which test proves which promise of OpsKnight's guide, Part 2 (``opsknight_sentences.txt``)."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
LINES = [
    [part.strip() for part in line.split("|")]
    for line in (HERE / "opsknight_sentences.txt").read_text().splitlines()
    if not line.startswith("#")
]
NUMBERED = re.compile(r"test_(\d\d)(?:_(to|and)_(\d\d))?_")


def names_in(path):
    tree = ast.parse(path.read_text())
    found = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {f"{path.stem}::{name}" for name in found if name.startswith("test_")}


def numbers_of(test):
    """The promises that a test names; those of Part 1 name none."""
    named = NUMBERED.match(test.partition("::")[2])
    if named is None:
        return None
    first, last = int(named[1]), int(named[3] or named[1])
    return range(first, last + 1)


def test_every_promise_has_its_line():
    assert [int(number) for number, *_ in LINES] == list(range(1, 87))


def test_every_line_names_a_test_that_is_there():
    known = {test for path in HERE.glob("test_opsknight*.py") for test in names_in(path)}

    assert {line[3] for line in LINES} - known == set()


def test_a_test_with_numbers_proves_these():
    wrong = [
        line
        for line in LINES
        if (numbers := numbers_of(line[3])) and int(line[0]) not in numbers and int(line[0]) != 68
    ]

    assert wrong == []


def test_no_numbered_test_is_left_out():
    paths = HERE.glob("test_opsknight_notifications*.py")
    named = {
        number for path in paths for test in names_in(path) for number in numbers_of(test) or ()
    }

    # Proved by tests of Part 1, or by that of another promise.
    assert set(range(1, 87)) - named == {62, 63, 64, 66, 68, 75, 76}
