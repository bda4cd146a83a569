"""docs/reliability.md names every known failure, and tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.rows import each

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text()
ROWS = {
    row[1]: row[2].split("|")
    for row in re.finditer(r"^\| ([A-Z]\d+) \|(.*)\|$", PAGE, re.MULTILINE)
}
KNOWN = [f"L{number}" for number in range(1, 28)] + [f"D{number}" for number in range(1, 18)]
SECURITY = (TESTS.parent / "docs" / "security.md").read_text()
NAMED_BY_SECURITY = re.findall(r"`([\w/]+\.py)::(test_\w+)`", SECURITY)
NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)


@cache
def names_in(path):
    """The tests of a file, by reading it."""
    tree = ast.parse((TESTS / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_known_failure_has_its_row_once():
    assert set(KNOWN) <= ROWS.keys()
    assert len(re.findall(r"^\| [A-Z]\d+ \|", PAGE, re.MULTILINE)) == len(ROWS)
    assert len({elsewhere for elsewhere, *_ in ROWS.values()}) == len(ROWS)


@each("name", ROWS)
def test_a_row_names_its_tests_or_says_what_it_waits_for(name):
    elsewhere, here, tests = (cell.strip() for cell in ROWS[name])

    assert elsewhere
    assert "::" in tests or here.startswith("Later: ")


@each(("path", "test"), NAMED + NAMED_BY_SECURITY)
def test_a_test_that_is_named_exists(path, test):
    assert test in names_in(path)
    assert Path(path).name.startswith("test_"), "pytest would not collect it"


def test_what_is_named_in_code_is_a_test():
    cells = " ".join(cells[-1] for cells in ROWS.values())

    assert len(NAMED) == cells.count("`") // 2 > 60
