"""What opens something never stands in a log line, whichever library writes it."""

import logging
import sys
import time

import pytest
import urllib3
from django.urls import get_resolver

from opsportal.lib.log_redaction import MAX_LINE_CHARS, RedactingFormatter, redact
from opsportal.lib.phone_numbers import masked
from opsportal.runtime.task_workers import RedactedResults
from tests.attacks.routes import OPEN, fill, names_in, routes_of

SECRET = "Sec.ret-Value_7"
TOKEN = "0123456789abcdef0123456789abcdef"
LINK = "a4f.3.x9k2.0123abcd.abcdefghijklmnopqrstuv"


SECRET_ROUTES = sorted(
    {
        route
        for route, _ in routes_of(get_resolver().url_patterns)
        if names_in(route) - OPEN and not route.startswith(("admin/", "api/v1/"))
    }
)


def test_the_addresses_that_hold_a_secret_are_found():
    assert len(SECRET_ROUTES) > 25
    assert {"a/<str:token>/", "set-password/<uidb64>/<token>/"} < set(SECRET_ROUTES)
    assert any(route.startswith("ping/") for route in SECRET_ROUTES)


@pytest.mark.parametrize("route", SECRET_ROUTES)
@pytest.mark.parametrize("secret", [SECRET, TOKEN])
def test_no_address_is_logged_with_its_secret(route, secret):
    path = fill(route, secret, dict.fromkeys(OPEN, "x"))

    for line in (f"Internal Server Error: {path}", f"<WSGIRequest: POST '{path}?a=b'>"):
        assert secret not in redact(line)
        assert redact(line).startswith(line[:12])


@pytest.mark.parametrize(
    "line",
    [
        f"GET /api/events?key={SECRET}&x=1",
        f"/v2/alerts?apiKey={SECRET}",
        f"/api/v2/generic/incoming?integrationKey={SECRET}",
        f"X-Api-Key: {SECRET}",
        f"Authorization: Basic {SECRET}",
        f"{{'routing_key': '{SECRET}', 'x': 1}}",
        f'{{"service_key": "{SECRET}"}}',
        f"rotate(token='{SECRET}')",
        f"Max retries exceeded with url: /services/T0/{SECRET} (Caused by it)",
        f'https://hooks.slack.com:443 "POST /services/{SECRET} HTTP/1.1" 500 None',
        f"404 for https://discord.example/api/webhooks/1/{SECRET}",
        f"connection to postgres://ops:{SECRET}@db:5432/ops failed",
        f"DETAIL:  Failing row contains (1, {SECRET}, null).",
        f"DETAIL:  Key (token)=({SECRET}) already exists.",
        f"DETAIL:  Key (lower(name::text), team)=(a, {SECRET}) conflicts with existing key.",
        f"INFO mail.log ('::1', 5) >> b'RCPT TO:<{SECRET}@ops.example>'",
        f"the link {LINK} is too old",
        f"a key {TOKEN}, found",
        f"uid MQ, c4x2p1-{TOKEN}",
        "key sk_live_0123456789-abcdefghij is unknown",
    ],
)
def test_no_library_writes_a_secret(line):
    found = redact(line)

    assert not any(secret in found for secret in (SECRET, TOKEN, LINK, "0123456789-abc"))
    assert "…" in found


@pytest.mark.parametrize("number", ["+4915112345678", "+15005550006", "+4930123456"])
def test_a_phone_number_is_shortened(number):
    line = f"Twilio: no route to {number}, given as '{number}' (21211)"

    found = redact(line)

    assert number not in found
    assert found.count(masked(number)) == 2


@pytest.mark.parametrize(
    "line",
    [
        "at 2026-03-02T12:00:00+10:30, or 12:00+1030",
        "2026-03-02 12:00:00,123 ERROR django.request Internal Server Error: /incidents/5/",
        "Notification 123e4567-e89b-12d3-a456-426614174000 could not be sent",
        "portal    | OpsPortal is ready: http://127.0.0.1:8000",
        '  File "/opt/opsportal/integrations/inbound/key_use.py", line 3, in token_of',
        "Message 7: severity: fits no condition",
        "engine was killed by SIGKILL; starts again in 0.2 s",
        "No such key: 5",
    ],
)
def test_what_is_no_secret_stays(line):
    assert redact(line) == line


@pytest.mark.parametrize(
    "piece", ["a.", "token=", "'token':'", "x://", "Key (a)=(", "-", "/a/", "0", "key: ", "\\u0000"]
)
def test_a_line_is_redacted_in_a_time_that_grows_with_its_length(piece):
    began = time.process_time()

    found = redact(piece * (1_000_000 // len(piece)))

    assert time.process_time() - began < 1
    assert len(found) <= MAX_LINE_CHARS + 2


def test_of_a_line_that_is_cut_no_part_of_a_secret_is_left():
    line = "x " * ((MAX_LINE_CHARS - 12) // 2) + TOKEN * 2

    assert TOKEN[:8] not in redact(line)


def test_a_traceback_is_redacted_with_its_message():
    try:
        urllib3.PoolManager(retries=0).request("GET", f"http://127.0.0.1:1/services/{SECRET}")
    except urllib3.exceptions.HTTPError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "x.py", 1, "Not sent: %s", [f"/hooks/{SECRET}"], True
        )
        record.exc_info = sys.exc_info()
    printed = RedactingFormatter("%(levelname)s %(message)s").format(record)

    assert "Max retries exceeded with url: /…" in printed
    assert SECRET not in printed


def test_the_error_of_a_task_names_no_secret_where_people_read_it():
    class Queue:
        def get(self):
            return {"success": False, "result": f"no answer: https://h.example/{SECRET}"}

    assert RedactedResults(Queue()).get()["result"] == "no answer: https://h.example/…"
