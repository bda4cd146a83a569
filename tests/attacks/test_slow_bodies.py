"""Whoever sends slowly, or only half of it, holds up nobody."""

import gzip
import json
import os
import signal
import time
import urllib.request

import pytest

from tests.attacks.sockets import Drip, answer, ask, connect, head, is_closed_within

pytestmark = [pytest.mark.slow, pytest.mark.load]
# Keys that nobody has: it takes none to send half a body.
PATHS = [
    "/POSTAlert/nosuch/x",
    "/v2/enqueue",
    "/v2/alerts",
    "/ping/5b2f6e0e-6a75-4f7c-9d6c-0c0f0c0f0c0f",
    "/api/events",
    "/api/v1/incidents/",
    "/admin/login/",
    "/anymail/mailgun/inbound/",
    "/nowhere",
]
STALLED, DRIPPING = 200, 60
TRIGGER = {
    "event_action": "trigger",
    "dedup_key": "chunked",
    "payload": {"summary": "In chunks", "source": "x", "severity": "info"},
}
FAST_S = 3.0  # Alone it takes milliseconds; held up, it would be ten seconds or for ever.


def seconds_to_get(portal, path):
    began = time.monotonic()
    with urllib.request.urlopen(f"{portal.url}{path}", timeout=30) as response:
        assert response.status == 200
    return time.monotonic() - began


@pytest.fixture(scope="module")
def portal(start_portal):
    """One that may be hurt."""
    portal = start_portal()
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def token(portal):
    """The token of an integration that takes messages."""
    made = portal.manage(
        "shell",
        "--no-imports",
        "-c",
        "from integrations.models import Integration\n"
        "found = Integration.objects.filter(template='alertmanager').first()\n"
        "print(found.token)",
    )
    return made.strip().splitlines()[-1]


def test_stalled_and_dripping_bodies_hold_up_neither_pages_nor_senders(portal, token):
    stalled = []
    for number in range(STALLED + DRIPPING):
        connection = connect(portal.port)
        connection.sendall(head(PATHS[number % len(PATHS)], "Content-Length: 100000") + b"{")
        stalled.append(connection)
    drip = Drip(stalled[STALLED:])
    try:
        for _ in range(5):
            assert seconds_to_get(portal, "/healthz") < FAST_S
            assert seconds_to_get(portal, "/admin/login/") < FAST_S
            body = b'{"alerts": []}'
            status, _ = ask(
                portal.port,
                head(f"/POSTAlert/{token}/x", f"Content-Length: {len(body)}", "Connection: close"),
                body,
            )
            assert status in {202, 400}
        assert all(is_closed_within(one, 30) for one in stalled)
    finally:
        drip.close()
        for connection in stalled:
            connection.close()


def test_a_body_that_stalls_is_answered_408(portal):
    waiting = {path: connect(portal.port) for path in PATHS}
    for path, connection in waiting.items():
        connection.sendall(head(path, "Content-Length: 100") + b"{")

    answers = {path: answer(connection) for path, connection in waiting.items()}

    for connection in waiting.values():
        connection.close()
    assert {path: status for path, (status, _) in answers.items()} == dict.fromkeys(PATHS, 408)
    assert all(b'"too_slow"' in said for _, said in answers.values())


@pytest.mark.parametrize(
    "request_of",
    [
        lambda path: [head(path, "Content-Length: 100"), b'{"alerts": []}'],
        lambda path: [head(path, "Transfer-Encoding: chunked"), b"e\r\n", b'{"alerts": []}\r\n'],
        lambda path: [head(path, "Transfer-Encoding: chunked"), b"ff\r\n", b'{"alerts": []}'],
    ],
    ids=["of-a-length", "chunked", "in-a-chunk"],
)
def test_a_body_that_is_cut_short_is_never_stored(portal, token, request_of):
    before = stored(portal)

    status, _ = ask(portal.port, *request_of(f"/POSTAlert/{token}/cut"), end=True)

    assert status in {0, 400}
    assert stored(portal) == before


def stored(portal):
    return portal.sql("SELECT count(*) FROM integrations_inboundmessage")


def test_beside_chunks_a_length_counts_for_nothing(portal, token):
    both = head(f"/POSTAlert/{token}/x", "Content-Length: 5", "Transfer-Encoding: chunked")

    status, said = ask(portal.port, both, b"c\r\n[1,2,3,4,5,6", end=True)

    assert status in {0, 400}, said


@pytest.mark.parametrize("path", ["/POSTAlert/{}/x", "/alertmanager/{}/api/v2/alerts"])
def test_a_body_in_chunks_is_taken(portal, token, path):
    parts = [b'[{"la', b'bels": {"alertname": "Chunked"}}', b"]", b""]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    chunked = head(
        path.format(token),
        "Transfer-Encoding: chunked",
        "Content-Type: application/json",
        "Connection: close",
    )

    status, said = ask(portal.port, chunked, chunks)

    assert status in {200, 202}, said


@pytest.fixture(scope="module")
def api_key(portal):
    """The text of a key that may do everything."""
    made = portal.manage("apikey", "create", "--user", "admin@example.com", "--scopes", "all")
    return made.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "message",
    [
        ("/v2/enqueue", {"routing_key": "TOKEN", **TRIGGER}, False),
        ("/v2/enqueue", {"routing_key": "TOKEN", **TRIGGER}, True),
        ("/api/events", TRIGGER, False),
        ("/api/events", TRIGGER, True),
        ("/api/v1/incidents/bulk/", {"ids": [1], "action": "comment", "text": "x"}, False),
        ("/api/v1/teams/", {"name": "In chunks"}, False),
    ],
)
def test_chunks_are_read_at_the_address_of_every_kind(portal, token, api_key, message):
    path, body, packed = message
    key = api_key if path.startswith("/api/v1/") else token
    scheme = f"Bearer {key}" if key == api_key else f"Token token={key}"
    whole = json.dumps(body).replace("TOKEN", token).encode()
    whole = gzip.compress(whole) if packed else whole
    parts = [whole[:10], whole[10:11], whole[11:], b""]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    packing = ["Content-Encoding: gzip"] if packed else []

    status, said = ask(
        portal.port,
        head(
            path,
            f"Authorization: {scheme}",
            "Transfer-Encoding: chunked",
            "Content-Type: application/json",
            "Connection: close",
            *packing,
        ),
        chunks,
    )

    assert status in {200, 201, 202}, said


def test_who_sends_too_much_reads_why(portal, token):
    size = 3 * 1024 * 1024
    with connect(portal.port) as connection:
        length = f"Content-Length: {size}"
        connection.sendall(head(f"/POSTAlert/{token}/x", length, "Connection: close"))
        for _ in range(size // 65536):
            connection.sendall(b"x" * 65536)
        status, said = answer(connection)

    assert status == 413
    assert b'"too_large"' in said


def test_a_hung_web_process_is_restarted(portal):
    pid = portal.pids()["web-1"]

    os.kill(pid, signal.SIGSTOP)
    portal.wait_until(lambda: portal.pids().get("web-1", pid) != pid, "web-1 again")

    assert "web-1 is restarted: it has not answered for" in portal.output()
    portal.wait_until(portal.is_well, "well")


def test_bodies_on_their_way_do_not_keep_the_portal_from_ending(portal):
    """The last of this module: nobody has the portal after it."""
    waiting = [connect(portal.port) for _ in range(20)]
    for connection in waiting:
        connection.sendall(head("/v2/enqueue", "Content-Length: 100") + b"{")

    portal.stop()
    for connection in waiting:
        connection.close()

    assert "web-1 is killed" not in portal.output()
