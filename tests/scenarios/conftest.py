import pytest

from tests.browser import Browser
from tests.mail import mail_server  # noqa: F401


@pytest.fixture
def browser(portal):
    """A browser on the portal that all share, logged in as its Owner."""
    browser = Browser(portal)
    browser.log_in()
    yield browser
    browser.close()
