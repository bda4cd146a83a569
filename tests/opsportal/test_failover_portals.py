"""Whole portals whose server turned read-only, or gave its place to another."""

import json
import time
import urllib.error
import urllib.request

import pytest

from tests.postgres import Server, url_of

SOON_S = 30  # Far more than it takes, unless other work keeps all cores busy.


def post_to(portal, token):
    """The status that a sender gets."""
    request = urllib.request.Request(
        f"{portal.url}/POSTAlert/{token}/it",
        json.dumps({"id": str(time.monotonic()), "text": "Disk full"}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def token_of(portal):
    code = (
        "from integrations.models import Integration as I;"
        "print(I.objects.get(template='generic-webhook').token)"
    )
    return portal.manage("shell", "-v", "0", "-c", code).strip()


def is_worked_off(server):
    pending = "SELECT count(*) FROM integrations_inboundmessage WHERE status = 'pending'"
    return server.sql(pending) == [(0,)]


def have_reported(server, since):
    """Whether each part has written something since then; the worker does so every 10 s."""
    rows = server.sql(f"SELECT process FROM escalation_processheartbeat WHERE at > '{since}'")
    return {"engine", "scheduler", "worker"} <= {process for (process,) in rows}


def now_at(server):
    [(moment,)] = server.sql("SELECT clock_timestamp()")
    return moment


@pytest.mark.endurance
@pytest.mark.slow
def test_a_portal_goes_on_by_itself_after_its_server_was_read_only(start_portal, make_folder):
    server = Server(make_folder())
    portal = start_portal(DATABASE_URL=url_of(server))
    try:
        token, before = token_of(portal), portal.pids()

        server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
        server.sql("SELECT pg_reload_conf()")
        portal.wait_until(lambda: post_to(portal, token) == 503, "refused")
        portal.wait_until(lambda: portal.health()[0] == 503, "unwell")
        time.sleep(6)  # Every part has written, or tried to, by then.
        server.sql("ALTER SYSTEM RESET default_transaction_read_only")
        server.sql("SELECT pg_reload_conf()")
        since = now_at(server)

        portal.wait_until(lambda: post_to(portal, token) == 202, "taken again", SOON_S)
        portal.wait_until(lambda: is_worked_off(server), "worked off", SOON_S)
        portal.wait_until(lambda: have_reported(server, since), "all at work", SOON_S)
        portal.wait_until(portal.is_well, "well")
        assert portal.pids() == before, portal.output()
    finally:
        portal.stop()
        server.stop()


@pytest.mark.endurance
@pytest.mark.slow
def test_a_portal_finds_the_server_that_was_promoted(start_portal, make_folder):
    primary = Server(make_folder())
    standby = primary.standby(make_folder())
    portal = start_portal(DATABASE_URL=url_of(standby, primary))
    try:
        token, before = token_of(portal), portal.pids()
        assert post_to(portal, token) == 202

        primary.crash()
        portal.wait_until(lambda: post_to(portal, token) == 503, "refused")
        time.sleep(3)
        standby.promote()
        since = now_at(standby)

        portal.wait_until(lambda: post_to(portal, token) == 202, "taken again", SOON_S)
        portal.wait_until(lambda: is_worked_off(standby), "worked off", SOON_S)
        portal.wait_until(lambda: have_reported(standby, since), "all at work", SOON_S)
        portal.wait_until(portal.is_well, "well")
        assert portal.pids() == before, portal.output()
    finally:
        portal.stop()
        standby.stop()
        primary.stop()
