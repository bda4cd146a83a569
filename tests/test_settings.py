import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent


def documented():
    return re.findall(r"^#?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def read():
    source = (ROOT / "opsportal" / "settings.py").read_text()
    return re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", source)


def test_every_variable_is_documented_once():
    names = documented()

    assert sorted(set(read())) == sorted(names)


def test_the_example_changes_nothing_when_copied():
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


def test_every_variable_follows_a_comment():
    lines = (ROOT / ".env.example").read_text().splitlines()
    variable = re.compile(r"^#[A-Z][A-Z_]*=")

    bare = [b for a, b in pairwise(lines) if variable.match(b) and not a]

    assert bare == []
