"""Public functions below the pages have a docstring, and it names the errors that they raise."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What other packages call. Pages, the API and the admin are called by Django.
PACKAGES = [
    "opsportal/lib",
    "opsportal/runtime",
    "incidents/actions",
    "notifications/actions",
    "notifications/channels",
    *(f"escalation/{name}" for name in ("actions", "coverage", "schedules", "why", "workflows")),
    *(
        f"integrations/{name}"
        for name in (
            *("setup", "backtest", "engine", "heartbeats", "mail", "inbound", "chat", "dialects"),
            *("maintenance", "routing", "catalog", "inference", "mapping", "decoding"),
            "signatures",
            "importers",
        )
    ),
]
# Signs of a wrong caller, whom no docstring would help.
BUGS = {"AssertionError", "NotImplementedError", "TypeError"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(tree):
    """(function, name as written in a report) of a module and of its public classes."""
    for node in tree.body:
        if isinstance(node, FUNCTIONS):
            yield node, node.name
        elif isinstance(node, ast.ClassDef) and is_public(node):
            for inner in node.body:
                if isinstance(inner, FUNCTIONS):
                    yield inner, f"{node.name}.{inner.name}"


def is_public(node):
    return not node.name.startswith("_")


def name_of(node):
    """The last part of the name of what is raised, caught or called."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def caught_by(handler):
    """The names of what it ends; nothing where it raises the same again."""
    if any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler)):
        return set()
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {name_of(one) for one in types if one is not None}


def errors_raised(function, private, seen=frozenset()):
    """The classes that it raises: itself, or in private functions of the same module."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            found.add(name_of(node.exc))
        elif isinstance(node, ast.Call) and name_of(node) in private.keys() - seen:
            callee = private[name_of(node)]
            found |= errors_raised(callee, private, seen | {callee.name})
    handlers = [node for node in ast.walk(function) if isinstance(node, ast.ExceptHandler)]
    caught = set().union(*map(caught_by, handlers)) if handlers else set()
    if caught & {"Exception", "BaseException"}:
        return set()
    return {name for name in found - caught - BUGS if name[:1].isupper()}


def modules():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def missing_docstrings():
    for path, tree in modules():
        for node in tree.body:
            if isinstance(node, FUNCTIONS) and is_public(node) and not ast.get_docstring(node):
                yield f"{path}:{node.lineno}: {node.name}"


def unnamed_errors():
    for path, tree in modules():
        private = {node.name: node for node, _ in functions(tree) if not is_public(node)}
        for node, name in functions(tree):
            docstring = ast.get_docstring(node) or ""
            missing = {error for error in errors_raised(node, private) if error not in docstring}
            if is_public(node) and missing:
                yield f"{path}:{node.lineno}: {name} does not name {', '.join(sorted(missing))}"


def test_the_packages_are_there():
    assert [package for package in PACKAGES if not (ROOT / package).is_dir()] == []


def test_public_functions_have_a_docstring():
    assert list(missing_docstrings()) == []


def test_docstrings_name_the_errors_that_are_raised():
    assert list(unnamed_errors()) == []
