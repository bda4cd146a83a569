import shutil
import tempfile
from pathlib import Path

import pytest
from django.test import TransactionTestCase

from tests import database, programs
from tests.lanes import LaneScheduling
from tests.outside import local_network, outside  # noqa: F401
from tests.portal import Portal

# What needs a whole portal, a browser or another server; `make test-fast` leaves these out.
WHOLE = ("slow", "browser", "alertmanager")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what starts a portal, and begin with it, and then with the longest modules."""
    sizes = {}
    for item in items:
        if {"portal", "start_portal"} & set(item.fixturenames):
            item.add_marker("slow")
        sizes[item.module] = sizes.get(item.module, 0) + 1
    yield  # Others choose and sort.
    items.sort(key=lambda item: (not _is_whole(item), -sizes[item.module]))


def _is_whole(item):
    return any(item.get_closest_marker(name) for name in WHOLE)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return LaneScheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        programs.demand(*mark.args)


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
        template = database.make_copy()
    with pytest.MonkeyPatch.context() as patch:
        # Cheaper than to empty each table, and the rows that migrations made are there again.
        patch.setattr(
            TransactionTestCase, "_fixture_teardown", lambda _: database.renew_copy(template)
        )
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
def start_portal(make_folder):
    """Starts a whole portal, with the variables given: `start_portal(EMAIL_HOST="127.0.0.1")`."""
    started = []

    def start(**variables):
        started.append(Portal(make_folder(), **variables))
        return started[-1]

    yield start
    for portal in started:
        portal.stop()


@pytest.fixture(scope="session")
def portal(start_portal):
    """A whole portal for all tests that leave it well; who kills parts of it starts another."""
    return start_portal()
