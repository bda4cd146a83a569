"""An old pager, for tests: a real server on this machine to which an integration is forwarded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.engine import timers
from integrations.setup import forwarding
from tests.factories import make_integration
from tests.notifications.servers import Receiver
from tests.tasks import run_tasks


@pytest.fixture
def old_pager(local_network):
    server = Receiver()
    yield server
    server.stop()


def make_forwarded(template, server, *, path="", **fields):
    """An integration whose messages are forwarded to a server of this machine."""
    integration = make_integration(template)
    fields.setdefault("until", timezone.now() + timedelta(days=7))
    address = f"http://127.0.0.1:{server.server_port}{path}"
    return forwarding.change_forwarding(integration.pk, address=address, **fields)


def forward_all(now=None):
    """What the engine's timers and a worker do."""
    timers.run_timers(now or timezone.now())
    return run_tasks()
