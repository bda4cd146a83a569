"""Whatever a portal answers, nothing that it prints holds what opens something."""

import pytest

from integrations.endpoints.urls import urlpatterns
from tests.attacks import sockets
from tests.attacks.routes import OPEN, fill, routes_of

pytestmark = [pytest.mark.slow, pytest.mark.endurance]
ODD = "Sec.ret-Value_7"
LINK = "a4f.3.x9k2.0123abcd.abcdefghijklmnopqrstuv"
INVITATION = "c4x2p1-0123456789abcdef0123456789abcdef"
METHODS = ("GET", "POST", "PUT")
LIMIT_BYTES = 65_536


@pytest.fixture(scope="module")
def portal(start_portal):
    """One with limits that are soon reached, which prints all that it can."""
    portal = start_portal(
        INBOUND_MAX_BYTES=LIMIT_BYTES,
        INBOUND_RATE_LIMIT=10,
        LOG_LEVEL="INFO",
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    )
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def token(portal):
    code = "from integrations.models import Integration as I; print(I.objects.first().token)"
    return portal.manage("shell", "--no-imports", "-c", code).split()[-1]


def urls(token):
    """Every address with a secret in it: a real one, and one of no known form."""
    for route, _ in routes_of(urlpatterns):
        for secret in (token, ODD):
            yield fill(route, secret, dict.fromkeys(OPEN, "close") | {"slug": "webhook"})
    yield from (f"/a/{LINK}/", f"/a/{ODD}/")
    yield from (f"/set-password/MQ/{INVITATION}/", f"/set-password/1-{INVITATION}/")
    yield from (f"/api/events?key={token}", f"/v2/alerts?apiKey={ODD}", f"/nowhere/hooks/{ODD}")


def statuses(portal, token, *, sizes=(2, LIMIT_BYTES + 10)):
    """The status of every method at every address, with a small and with a large body."""
    found = set()
    for url in urls(token):
        for method in METHODS:
            for size in sizes:
                body = b"{" + b" " * (size - 2) + b"}"
                head = sockets.head(
                    url,
                    f"Content-Length: {size}",
                    "Content-Type: application/json",
                    f"Authorization: GenieKey {token}",
                    f"X-Routing-Key: {ODD}",
                    "Connection: close",
                    method=method,
                )
                found.add(sockets.ask(portal.port, head, body)[0])
    return found


def assert_nothing_is_told(portal, token):
    output = portal.output()
    for secret in (token, ODD, LINK, INVITATION):
        assert secret not in output, next(li for li in output.splitlines() if secret in li)


def test_refusals_print_no_secret(portal, token):
    found = statuses(portal, token) | statuses(portal, token)  # The first may be within the limit.

    assert {404, 405, 413, 429} <= found

    assert_nothing_is_told(portal, token)


def test_errors_print_no_secret(portal, token):
    """Without the tables that they read and write, each fails in its own way."""
    tables = ("integrations_inboundmessage", "notifications_notification", "incidents_user")
    for table in tables:
        portal.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    try:
        assert 500 in statuses(portal, token, sizes=(2,))
    finally:
        for table in tables:
            portal.execute(f"ALTER TABLE {table}_gone RENAME TO {table}")

    assert "Internal Server Error: /set-password/…" in portal.output()
    assert_nothing_is_told(portal, token)


def test_without_a_database_no_secret_is_printed(portal, token):
    portal.execute("ALTER DATABASE opsportal SET default_transaction_read_only = on")
    portal.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = 'opsportal' AND pid <> pg_backend_pid()"
    )
    try:
        assert 503 in statuses(portal, token, sizes=(2,))
    finally:
        reset = "ALTER DATABASE opsportal RESET default_transaction_read_only"
        portal.execute(reset, options="-c default_transaction_read_only=off")

    assert "Service Unavailable: /POSTAlert/…" in portal.output()
    assert_nothing_is_told(portal, token)
