"""What is sent to the old pager, what its answers say, and which differences count. Pure."""

import gzip

import pytest

from integrations.forwarding.answers import is_final, read_answer
from integrations.forwarding.differences import SENTENCES, Difference, difference_of
from integrations.forwarding.outgoing import Outgoing, url_of, with_key
from integrations.models import EventResult, Forward, InboundMessage, Result
from opsportal.runtime.web.environ import environ_of

MINE, THEIRS = "aaaaaaaabbbbbbbb", "ccccccccdddddddd"


@pytest.mark.parametrize(
    ("address", "target", "url"),
    [
        ("https://old.example", "/v2/enqueue", "https://old.example/v2/enqueue"),
        ("https://old.example/", "/v2/a%2Fb/close?x=1", "https://old.example/v2/a%2Fb/close?x=1"),
        ("https://old.example:8443", "/v2/alerts", "https://old.example:8443/v2/alerts"),
        ("https://hooks.example/T0/B0", "/hooks/slack/key", "https://hooks.example/T0/B0"),
        (
            "https://am.example/p/api/v2/alerts",
            "/api/v2/alerts",
            "https://am.example/p/api/v2/alerts",
        ),
        ("https://old.example/in", "/POSTAlert/k/n?a=1", "https://old.example/in?a=1"),
        ("https://old.example/in?key=b", "/api?key=a", "https://old.example/in?key=b"),
        ("http://old.example?key=b", "/api/events", "http://old.example/api/events?key=b"),
        ("https://old.example", "//evil.example/x", "https://old.example//evil.example/x"),
    ],
)
def test_the_path_that_was_posted_to_is_added_to_a_host_alone(address, target, url):
    assert url_of(address, target) == url


def test_a_key_is_replaced_in_address_headers_and_body_packed_or_not():
    came = Outgoing(
        "POST",
        f"https://old.example/x/{MINE}",
        {"authorization": f"GenieKey {MINE}", "content-encoding": "gzip"},
        gzip.compress(f'{{"routing_key": "{MINE}"}}'.encode()),
    )

    sent = with_key(came, ["unused-key", MINE], THEIRS, 1000)

    assert sent.url == f"https://old.example/x/{THEIRS}"
    assert sent.headers == {"authorization": f"GenieKey {THEIRS}"}
    assert sent.body == f'{{"routing_key": "{THEIRS}"}}'.encode()
    assert with_key(came, [MINE], "", 1000) == came


@pytest.mark.parametrize(
    "body", [b"no gzip", gzip.compress(b"x" * 2000)], ids=["not packed", "too large"]
)
def test_a_body_that_cannot_be_unpacked_goes_as_it_came(body):
    came = Outgoing("POST", "https://old.example/", {"content-encoding": "gzip"}, body)

    assert with_key(came, [MINE], THEIRS, 1000) == came


@pytest.mark.parametrize(
    ("status", "content", "is_taken", "key"),
    [
        (202, b'{"status": "success", "dedup_key": "disk"}', True, "disk"),
        (200, b'{"status": "success", "incident_key": "disk"}', True, "disk"),
        (400, b'{"status": "invalid event", "errors": []}', False, ""),
        (202, b'{"result": "Request will be processed", "requestId": "1"}', True, ""),
        (200, b'{"result": "success", "entity_id": "disk"}', True, "disk"),
        (200, b'{"result": "failure", "message": "no"}', False, ""),
        (200, b"ok", True, ""),
        (204, b"", True, ""),
        (404, b"no_service", False, ""),
        (200, b'["dedup_key"]', True, ""),
        (200, b'{"dedup_key": 7, "result": ["failure"]}', True, ""),
        (200, b"\xff\xfe", True, ""),
    ],
)
def test_answers_of_every_pager_are_read(status, content, is_taken, key):
    answer = read_answer(status, content)

    assert (answer.is_taken, answer.key) == (is_taken, key)


@pytest.mark.parametrize(
    ("status", "ends"),
    [(202, True), (400, True), (401, True), (404, True), (408, False), (429, False), (503, False)],
)
def test_only_who_is_busy_or_ill_is_asked_again(status, ends):
    assert is_final(status) is ends


def message(status="mapped", *, result=Result.OPENED, action="trigger", **fields):
    events = [EventResult(result, action=action, source_id=fields.get("source_id", ""))]
    rows = [one.to_json() for one in events] if result else []
    return InboundMessage(status=status, results=rows, **fields)


def answered(*, is_taken=True, key=""):
    return Forward(state="answered", is_taken=is_taken, answer_key=key)


OURS = {
    "opened": message(source_id="disk"),
    "closed": message(result=Result.CLOSED, action="resolve"),
    "appended": message("appended", result=Result.APPENDED),
    "nothing to close": message("ignored", result=Result.IGNORED, action="resolve"),
    "a repetition": message("ignored", result=Result.RETRY),
    "no rule fits": message("ignored", result=Result.IGNORED, action=""),
    "no events": message("ignored", result=None),
    "suppressed": message(result=Result.SUPPRESSED),
    "delayed": message(result=Result.DELAYED),
    "unreadable": message("failed", result=None),
    "pending": message("pending", result=None),
}


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        ("opened", answered(key="disk"), None),
        ("opened", answered(), None),
        ("opened", answered(key="other"), Difference.OTHER_KEY),
        ("opened", answered(is_taken=False), Difference.REFUSED_THERE),
        ("opened", Forward(state="failed"), Difference.NOT_REACHED),
        ("opened", None, Difference.NOT_REACHED),
        ("opened", Forward(state="waiting"), None),
        ("closed", answered(), None),
        ("appended", answered(), None),
        ("nothing to close", answered(), None),
        ("a repetition", answered(), None),
        ("no rule fits", answered(), Difference.QUIET_HERE),
        ("no events", answered(), Difference.QUIET_HERE),
        ("suppressed", answered(), Difference.QUIET_HERE),
        ("delayed", answered(), Difference.QUIET_HERE),
        ("unreadable", answered(), Difference.REFUSED_HERE),
        ("unreadable", answered(is_taken=False), None),
        ("unreadable", Forward(state="failed"), None),
        ("pending", answered(is_taken=False), None),
    ],
)
def test_a_difference_is_what_would_page_differently(ours, theirs, difference):
    assert difference_of(OURS[ours], theirs) == difference


def test_each_difference_has_its_sentence():
    assert set(SENTENCES) == set(Difference)


def test_the_path_is_kept_as_it_came_where_the_server_tells_it():
    scope = {
        "method": "POST",
        "path": "/v2/alerts/db/1/close",
        "raw_path": b"/v2/alerts/db%2F1/close",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
    }
    assert environ_of(scope, {}, b"")["opsportal.raw_path"] == "/v2/alerts/db%2F1/close"
    without = {name: value for name, value in scope.items() if name != "raw_path"}
    assert environ_of(without, {}, b"")["opsportal.raw_path"] == "/v2/alerts/db/1/close"
