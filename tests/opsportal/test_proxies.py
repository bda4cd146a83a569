"""What a proxy says of its clients is believed of one's own proxies only, by the real front."""

import asyncio
import os
import subprocess
import sys

import pytest

from integrations.inbound.client_ip import trusted_of
from opsportal.runtime.web.environ import headers_of
from opsportal.runtime.web.server import make_front
from opsportal.wsgi import application
from tests.portal import ROOT

OUR_PROXY, STRANGER = "10.0.0.5", "203.0.113.7"
CLAIMS = [
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-for", b"198.51.100.1"),
    (b"x-forwarded-host", b"evil.example"),
    (b"forwarded", b"proto=https"),
    (b"x-real-ip", b"198.51.100.1"),
]


@pytest.fixture
def ask(settings, transactional_db):
    """Asks the front, as its server does; returns the status and the headers of the answer."""
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.ALLOWED_HOSTS = ["ops.example.com"]

    def ask(path, peer, *headers, method="GET"):
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "headers": [(b"host", b"ops.example.com"), *headers],
            "client": (peer, 5000),
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(event):
            sent.append(event)

        async def run():
            front = make_front(lambda at: None)
            for lane in front.lanes:
                lane.start(asyncio.get_running_loop())
            await front(scope, receive, send)

        asyncio.run(run())
        return sent[0]["status"], headers_of({"headers": sent[0]["headers"]})

    return ask


@pytest.fixture
def https_only(settings):
    settings.SECURE_SSL_REDIRECT = settings.HTTPS_ONLY = True
    settings.SECURE_HSTS_SECONDS = 1000
    application.load_middleware()  # It reads them once.
    yield
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = False, 0
    application.load_middleware()


def test_the_front_trusts_the_proxies_of_the_settings(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "nonsense"]

    assert make_front(lambda at: None).trusted_proxies == trusted_of(["10.0.0.0/8"])


@pytest.mark.parametrize("peer", [STRANGER, "::ffff:203.0.113.7", ""])
def test_nobody_else_can_say_that_a_request_was_secure(https_only, ask, peer):
    status, headers = ask("/admin/login/", peer, *CLAIMS)

    assert status == 301
    assert headers[b"location"] == b"https://ops.example.com/admin/login/"


@pytest.mark.parametrize("peer", [OUR_PROXY, f"::ffff:{OUR_PROXY}"])
def test_our_proxy_can(https_only, ask, peer):
    status, headers = ask("/admin/login/", peer, (b"x-forwarded-proto", b"https"))

    assert status == 200
    assert headers[b"strict-transport-security"].startswith(b"max-age=1000")


def test_a_name_with_an_underscore_passes_for_none_of_them(https_only, ask):
    assert ask("/admin/login/", STRANGER, (b"x_forwarded_proto", b"https"))[0] == 301


@pytest.mark.parametrize("peer", [OUR_PROXY, STRANGER])
def test_machines_are_never_redirected(https_only, ask, peer):
    assert ask("/healthz", peer)[0] in (200, 503)
    assert ask("/POSTAlert/none/x", peer, method="POST")[0] == 404


def check_deploy(**variables):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "opsportal.settings", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_accepts_https_only():
    answer = check_deploy(
        HTTPS_ONLY="true", SITE_URL="https://ops.example.com", TRUSTED_PROXIES="127.0.0.1"
    )

    assert answer.returncode == 0, answer.stderr


def test_check_deploy_names_what_is_open_without_it():
    answer = check_deploy(SITE_URL="https://ops.example.com")

    assert "security.W004" in answer.stderr
    assert "security.W008" in answer.stderr
