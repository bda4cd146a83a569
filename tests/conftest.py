import pytest

from tests.outside import local_network, outside  # noqa: F401
from tests.portal import Portal


@pytest.fixture(scope="session")
def start_portal(tmp_path_factory):
    """Starts a whole portal, with the variables given: `start_portal(EMAIL_HOST="127.0.0.1")`."""
    started = []

    def start(**variables):
        started.append(Portal(tmp_path_factory.mktemp("portal"), **variables))
        return started[-1]

    yield start
    for portal in started:
        portal.stop()


@pytest.fixture(scope="module")
def portal(start_portal):
    """A whole portal for the tests of one module."""
    portal = start_portal()
    yield portal
    portal.stop()
