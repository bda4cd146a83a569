import pytest

from tests.factories import make_integration
from tests.mail import mail_server  # noqa: F401
from tests.reliability.routes import ROUTES, TEMPLATES


class Route:
    """One address, and the integration behind it."""

    def __init__(self, client, name):
        self.client, self.name = client, name
        self.integration = make_integration(TEMPLATES.get(name, name), rate_limit=0)

    def __call__(self, action, key="db-1"):
        return ROUTES[self.name](self.client, self.integration, action, key)


@pytest.fixture(params=list(ROUTES))
def route(client, request):
    """Each address in its turn: ``route("trigger", key)``."""
    return Route(client, request.param)
