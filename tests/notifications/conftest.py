import pytest

from notifications import smtp
from opsportal.lib.net import http
from tests.mail import mail_server  # noqa: F401
from tests.notifications.certificates import self_signed
from tests.notifications.servers import Mailbox, Receiver
from tests.outside import local_network, outside  # noqa: F401


@pytest.fixture
def receiver(local_network):  # noqa: F811
    server = Receiver()
    yield server
    http.close_connections()
    server.stop()


@pytest.fixture
def mailbox(settings):
    server = Mailbox()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    smtp.close_connections()
    server.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return self_signed("hook.example", tmp_path_factory.mktemp("tls") / "hook.pem")
