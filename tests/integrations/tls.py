"""The portal at https://localhost:<port>, as published clients want it."""

import ssl
from types import SimpleNamespace

import pytest
from django.test.testcases import LiveServerThread, _StaticFilesHandler

from tests.notifications.certificates import self_signed


@pytest.fixture
def tls_server(tmp_path):
    """Its address, and what makes a client trust it: a context, or the file of the authority."""
    certificate = self_signed("localhost", tmp_path / "localhost.pem")

    class Server(LiveServerThread):
        def _create_server(self, connections_override=None):
            server = super()._create_server(connections_override)
            server.socket = certificate.context.wrap_socket(server.socket, server_side=True)
            return server

    thread = Server("localhost", _StaticFilesHandler)
    thread.start()
    thread.is_ready.wait(10)
    trust = ssl.create_default_context(cafile=certificate.authority)
    url = f"https://localhost:{thread.port}"
    yield SimpleNamespace(url=url, trust=trust, authority=certificate.authority)
    thread.terminate()
