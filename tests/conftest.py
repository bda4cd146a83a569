import fcntl
import gc
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from django.test import TransactionTestCase

from tests import database, programs
from tests.browser import Browser
from tests.lanes import LaneScheduling
from tests.outside import local_network, outside  # noqa: F401
from tests.portal import Portal

# What needs a whole portal, a browser or another server; `make test-fast` leaves these out.
WHOLE = ("slow", "browser", "alertmanager")
# Modules of a few tests that take as long as hundreds: begun with early, so that none is left over.
LONG = (
    "test_large_messages",
    "test_providers",
    "test_slow_bodies",
    "test_access_api",
    "test_access_pages",
    "test_access_admin",
    "test_catalog_proof",
    "test_catalog_keys",
    "test_fuzz_api",
    "test_odd_bodies",
    "test_detection",
    "test_api_strictness",
)
# Other work may keep all cores busy: how long an example takes says nothing about it.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")
SHARED_FOLDER = "OPSPORTAL_TESTS_FOLDER"
SHARED_PORTAL = pytest.StashKey[Portal]()


def pytest_configure(config):
    """Make a folder for all processes of this run, which the first of them removes at its end."""
    if SHARED_FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="opsportal-tests-")
        Path(folder).chmod(0o755)
        os.environ[SHARED_FOLDER] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what starts a portal, and begin with browsers, one module after the other since they
    share a portal, and with what takes longest, then with other portals, then with the modules of
    most tests."""
    sizes = {}
    for item in items:
        if {"portal", "start_portal"} & set(item.fixturenames):
            item.add_marker("slow")
        sizes[item.module] = sizes.get(item.module, 0) + 1
    yield  # Others choose and sort.
    items.sort(key=lambda item: (_place(item), -sizes[item.module]))


def pytest_collection_finish():
    """What is imported by now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def _place(item):
    if item.get_closest_marker("browser"):
        return -1
    name = item.module.__name__.rpartition(".")[2]
    if name in LONG:
        return LONG.index(name)
    return len(LONG) + (not _is_whole(item))


def _is_whole(item):
    return any(item.get_closest_marker(name) for name in WHOLE)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return LaneScheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        programs.demand(*mark.args)
    if (portal := _shared_portal(item.config)) and _shares_portal(item):
        portal.process.poll() is None or portal.start()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """End the portal that browsers share after the last of them: it costs others their CPU."""
    if (portal := _shared_portal(item.config)) and not (nextitem and _shares_portal(nextitem)):
        portal.stop()


def _shared_portal(config):
    return config.stash.get(SHARED_PORTAL, None)


def _shares_portal(item):
    return item.get_closest_marker("browser") is not None


def pytest_terminal_summary(terminalreporter):
    """Say loudly what was skipped only because a program is not here."""
    skipped = terminalreporter.getreports("skipped")
    count = sum(programs.MISSING in str(report.longrepr) for report in skipped)
    if count:
        line = f"{count} tests were SKIPPED: they need programs that are not installed"
        terminalreporter.write_sep("!", line, red=True, bold=True)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """A copy of the migrated database for this process, in place of one migrated by each."""
    with django_db_blocker.unblock():
        restorer = database.Restorer(database.make_copy())
    with pytest.MonkeyPatch.context() as patch:
        # Cheaper than to empty each table, and the rows that migrations made are there again.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: restorer.restore())
        yield
    with django_db_blocker.unblock():
        database.drop_copy()


@pytest.fixture(scope="session")
def make_folder():
    """Makes folders that servers with users of their own may enter, until the end.

    Those of pytest are closed to others, and closed again whenever anybody starts pytest.
    """
    made = []

    def make():
        folder = Path(tempfile.mkdtemp(prefix="opsportal-tests-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def started_before():
    """The data folder of a portal with demo data that was started once: the others are copies.

    A first start takes three times as long as any other.
    """
    return _make_once("with-demo", copy_of=_make_once("empty", with_demo=False))


@pytest.fixture(scope="session")
def started_empty():
    """The data folder of a portal without anything in it, for copies."""
    return _make_once("empty", with_demo=False)


def _make_once(name, **options):
    """The first process of a run that asks makes it."""
    folder = Path(os.environ[SHARED_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            Portal(folder / "unfinished", **options).stop()
            (folder / "unfinished").rename(folder / name)
    return folder / name


@contextmanager
def _portals(make_folder, request):
    """Starts portals, which end with the block."""
    started = []

    def start(*, is_new=False, **variables):
        copy_of = None
        if "DATABASE_URL" not in variables:
            name = "started_empty" if is_new else "started_before"
            copy_of = request.getfixturevalue(name)
        started.append(Portal(make_folder(), copy_of=copy_of, **variables))
        return started[-1]

    yield start
    for portal in started:
        portal.stop()


@pytest.fixture(scope="module")
def start_portal(make_folder, request):
    """Starts a whole portal, with the variables given: `start_portal(EMAIL_HOST="127.0.0.1")`.

    With ``is_new`` there is nobody in it yet, so that it prints a password; else it was started
    before, and has demo data. It ends with the module: one that nobody asks costs others their CPU.
    """
    with _portals(make_folder, request) as start:
        yield start


@pytest.fixture(scope="session")
def portal(make_folder, request):
    """A whole portal for all browsers, which leave it well; who kills parts of it starts another.

    It runs only while the tests are marked `browser`.
    """
    with _portals(make_folder, request) as start:
        portal = start(OUTGOING_ALLOWED_HOSTS="127.0.0.1")
        request.config.stash[SHARED_PORTAL] = portal
        yield portal
        del request.config.stash[SHARED_PORTAL]


@pytest.fixture(scope="module")
def logged_in(portal):
    """A browser on the portal that all share, logged in as its Owner."""
    browser = Browser(portal)
    browser.log_in()
    yield browser
    browser.close()


@pytest.fixture
def browser(logged_in):
    """The browser of this module, on no page yet and with nothing in its console."""
    logged_in.driver.get("about:blank")
    logged_in.errors()
    return logged_in
