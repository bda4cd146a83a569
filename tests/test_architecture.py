"""The arrow between the packages: each imports only what stands below it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHAIN = ["opsportal", "integrations", "escalation", "notifications", "incidents"]
MAY_IMPORT = {package: set(CHAIN[place + 1 :]) for place, package in enumerate(CHAIN)}
LONGEST_FILE = 300


def sources(package):
    files = (ROOT / package).rglob("*.py")
    return [path for path in files if "migrations" not in path.parts]


def imported(path):
    """The top-level packages that a file imports, relative ones refused."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module]
        yield from (name.partition(".")[0] for name in names)


def inner_imports(path):
    """Imports inside functions, but for `ready`, which has no other place for them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name != "ready":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"{path.relative_to(ROOT)}:{inner.lineno}"


@pytest.mark.parametrize("package", CHAIN)
def test_imports_follow_the_arrow(package):
    ours = set()
    for path in sources(package):
        ours |= set(imported(path)) & set(CHAIN) - {package}

    assert ours <= MAY_IMPORT[package]


@pytest.mark.parametrize("package", CHAIN)
def test_nothing_is_imported_inside_a_function(package):
    found = [place for path in sources(package) for place in inner_imports(path)]

    assert found == []


@pytest.mark.parametrize("package", CHAIN)
def test_files_are_short_enough_to_be_read(package):
    lengths = {path: len(path.read_text().splitlines()) for path in sources(package)}

    assert {path for path, length in lengths.items() if length > LONGEST_FILE} == set()


def test_the_chain_has_every_package():
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert packages == set(CHAIN)
