"""The floor plan: what each package may import. docs/decisions/0009-floor-plan.md explains it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_FILE_LINES = 300
LIB = "opsportal.lib"

# The apps, top first. Each imports only what stands below it, and the leaf of shared helpers.
APPS = ["opsportal", "integrations", "escalation", "notifications", "incidents"]

# The actions of incidents that let them page anew, or that suppress them. Only escalation calls
# them: it starts, resumes or restarts the run in the same transaction.
PAGING = ["edit", "ingest", "merging", "open", "restart", "splitting", "suppression", "urgency"]
PAGING_ACTIONS = {f"incidents.actions.{name}" for name in PAGING}
# What docs/architecture.md calls pure: rules that no database is asked for.
PURE = [
    "escalation/plans",
    "escalation/schedules",
    "notifications/page.py",
    *(
        f"integrations/{name}"
        for name in ("catalog", "decoding", "importers", "inference", "mapping", "signatures")
    ),
]

# The floors inside an app, top first. A package imports only lower floors, and never a neighbour
# on its own floor.
OF_INTEGRATIONS = [
    {"pages", "api", "admin", "endpoints", "management", "templatetags", "tasks", "checks"},
    {"setup", "backtest"},
    {"engine"},
    {"forwarding", "heartbeats", "mail"},
    {"inbound"},
    {"chat", "dialects", "importers", "maintenance"},
    {"models", "routing"},
    {"catalog", "inference"},
    {"mapping"},
    {"decoding", "signatures"},
    {"errors"},
]
OF_ESCALATION = [
    {"templatetags", "urls"},
    {"pages", "api", "admin"},
    {"holiday_job", "incident_hooks", "receivers", "tasks", "timer_loop"},
    {"serializers", "slack", "why"},
    {"rights", "workflows"},
    {"actions"},
    {"coverage"},
    {"policies"},
    {"on_call"},
    {"models"},
    {"plans", "schedules"},
    {"answer_links", "choices", "errors", "planned_work", "told_sentences"},
]
FLOORS = {
    app: {package: number for number, packages in enumerate(floors) for package in packages}
    for app, floors in (("integrations", OF_INTEGRATIONS), ("escalation", OF_ESCALATION))
}


def sources(package):
    files = (ROOT / package).rglob("*.py")
    return [path for path in files if "migrations" not in path.parts]


def imported(path):
    """The modules that a file imports, as dotted names; relative imports are refused."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inner_imports(path):
    """Imports inside functions, but for `ready`, which has no other place for them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name != "ready":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"{path.relative_to(ROOT)}:{inner.lineno}"


def is_lib(module):
    return module == LIB or module.startswith(f"{LIB}.")


@pytest.mark.parametrize("app", APPS)
def test_imports_follow_the_arrow(app):
    below = set(APPS[APPS.index(app) + 1 :])
    lib = ROOT / "opsportal" / "lib"

    found = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources(app)
        if not path.is_relative_to(lib)
        for module in imported(path)
        if module.partition(".")[0] in set(APPS) - {app} - below and not is_lib(module)
    }

    assert found == set()


def test_the_leaf_imports_no_app():
    found = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources("opsportal/lib")
        for module in imported(path)
        if module.partition(".")[0] in APPS and not is_lib(module)
    }

    assert found == set()


@pytest.mark.parametrize("app", FLOORS)
def test_inside_an_app_imports_go_down_the_floors(app):
    floor = FLOORS[app]

    def package_of(path):
        return path.relative_to(ROOT / app).parts[0].removesuffix(".py")

    found = set()
    for path in sources(app):
        here = package_of(path)
        if here in ("apps", "__init__"):
            continue
        for module in imported(path):
            if module.startswith(f"{app}."):
                there = module.split(".")[1]
                if there != here and floor[there] <= floor[here]:
                    found.add(f"{path.relative_to(ROOT)}: {module}")

    assert found == set()


@pytest.mark.parametrize("app", FLOORS)
def test_every_package_of_an_app_has_its_floor(app):
    here = ROOT / app
    packages = {path.parent.name for path in here.glob("*/__init__.py")} - {"migrations"}
    modules = {path.stem for path in here.glob("*.py")} - {"__init__", "apps"}

    assert set(FLOORS[app]) == packages | modules


def test_what_moves_a_run_is_called_through_escalation():
    """Whoever changes an incident so that it pages anew has to change its run as well."""
    others = [app for app in APPS if app not in ("escalation", "incidents")]
    others += [f"incidents/{name}" for name in ("admin", "api", "management", "views")]

    found = {
        f"{path.relative_to(ROOT)}: {module}"
        for package in others
        for path in sources(package)
        for module in imported(path)
        if PAGING_ACTIONS & {module, module.rpartition(".")[0]}
    }

    assert found == set()


@pytest.mark.parametrize("place", PURE)
def test_what_is_pure_asks_no_database(place):
    path = ROOT / place
    files = sources(place) if path.is_dir() else [path]

    found = {
        f"{file.relative_to(ROOT)}: {module}"
        for file in files
        for module in imported(file)
        if module.startswith("django.db") or {"actions", "models"} & set(module.split("."))
    }

    assert files
    assert found == set()


@pytest.mark.parametrize("app", APPS)
def test_nothing_is_imported_inside_a_function(app):
    found = [place for path in sources(app) for place in inner_imports(path)]

    assert found == []


@pytest.mark.parametrize("app", APPS)
def test_files_are_short_enough_to_be_read(app):
    lengths = {path: len(path.read_text().splitlines()) for path in sources(app)}

    assert {path for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == set()


def test_the_root_holds_the_five_apps_and_no_other_package():
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert apps == set(APPS)
