"""Apprise: its plug-ins send by the portal's own connections, and only those of a fixed host."""

import ast
import inspect
import json
from functools import partial
from pkgutil import resolve_name
from sys import modules
from urllib.parse import parse_qs, urlsplit

import pytest

from notifications.channels import _apprise_plugins, all_channels
from notifications.channels._apprise_plugins import PLUGINS
from tests.notifications.channels.vendors import EVENTS, failure, verdict
from tests.notifications.samples import SITE, make_brief, make_message
from tests.notifications.servers import answer, say_nothing

APPRISE = all_channels()["apprise"]
KEY = "9b1c5f0e6d2a4837bc10fe5523a9d8e7c6b4a291"
PROWL = {"url": f"prowl://{KEY}"}
SMS = {"url": f"seven://{KEY}/4915112345678"}
WORDS = b'<?xml version="1.0"?><prowl><error code="%d">%s</error></prowl>'


def prowl(handler):
    """Takes a form with the key, the words within its limits."""
    _, headers, body = handler.server.requests[-1]
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    is_form = "application/x-www-form-urlencoded" in headers.values()
    if fields.get("apikey") != KEY or not is_form:
        answer(handler, 401, WORDS % (401, b"Invalid API key"))
    elif len(fields["event"]) > 1024 or len(fields["description"]) > 10000:
        answer(handler, 400, WORDS % (400, b"Bad request"))
    else:
        answer(handler, 200, b'<prowl><success code="200" remaining="999"/></prowl>')


@pytest.fixture
def server(receiver, monkeypatch):
    for plugin in ("prowl:NotifyProwl", "seven:NotifySeven"):
        cls = resolve_name(f"apprise.plugins.{plugin}")
        monkeypatch.setattr(cls, "notify_url", f"http://127.0.0.1:{receiver.server_port}/add")
    receiver.behave = prowl
    return receiver


def sent(server):
    return [parse_qs(body.decode()) for _, _, body in server.requests]


@pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
def test_every_event_is_taken_and_says_what_it_is(server, message):
    assert APPRISE.send(PROWL, message) == ""

    (form,) = sent(server)
    assert (form["application"], form["event"]) == (["OpsPortal"], [message.subject])
    assert form["description"][0].startswith(message.body)


def test_a_service_of_short_messages_gets_the_short_text(server):
    server.behave = partial(answer, body=b'{"success": "100", "messages": [{"success": true}]}')

    APPRISE.send(SMS, make_message(make_brief(summary="x" * 500)))

    sent_text = json.loads(server.requests[0][2])["text"]
    assert sent_text == (
        f"CRITICAL #1042 High CPU on web-01 (Web Application) {SITE}/incidents/1042/"
    )


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, b"Bad request", {"permanent"}),
        (401, b"Invalid API key", {"permanent", "provider_fault"}),
        (406, b"Not acceptable, your IP address has exceeded the API limit", {"permanent"}),
        (429, b"Slow down", {"provider_fault"}),
        (500, b"Internal server error", {"provider_fault"}),
    ],
)
def test_a_refusal_is_told_in_words_of_the_service_and_judged(server, status, words, expected):
    body = WORDS % (status, words + b" " + KEY.encode())
    server.behave = partial(answer, status=status, body=body, Retry_After="7")

    refusal = failure(APPRISE, PROWL)

    assert (verdict(refusal), refusal.retry_after) == (expected, 7)
    assert words.decode() in str(refusal)
    assert KEY not in str(refusal)


def test_a_redirect_is_not_followed(server):
    server.behave = partial(answer, status=302, Location=server.url)

    assert "which is not followed" in str(failure(APPRISE, PROWL))
    assert len(server.requests) == 1


def test_what_a_plugin_takes_for_a_failure_is_one_that_can_pass(server):
    server.behave = partial(answer, status=202, body=b"")

    refusal = failure(APPRISE, PROWL)

    assert (str(refusal), verdict(refusal)) == ("Prowl did not take the message.", set())


def test_no_answer_leaves_doubt(server, settings):
    server.behave, settings.OUTGOING_TIMEOUT = say_nothing, 0.3

    assert verdict(failure(APPRISE, PROWL)) == {"ambiguous", "provider_fault"}


@pytest.mark.parametrize("scheme", PLUGINS)
def test_a_plugin_of_the_list_posts_to_a_fixed_host_and_does_nothing_else(scheme):
    cls = resolve_name(f"apprise.plugins.{PLUGINS[scheme]}")
    tree = ast.parse(inspect.getsource(modules[cls.__module__]))
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    used = {n.attr for n in names if isinstance(n.value, ast.Name) and n.value.id == "requests"}
    caught = [n.type for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)]
    schemes = cls.secure_protocol

    assert scheme in ([schemes] if isinstance(schemes, str) else schemes)
    assert used <= {"post", "codes", "RequestException"}
    assert not [one for one in caught if one is None or ast.unparse(one) == "Exception"]
    assert urlsplit(cls.notify_url).scheme == "https"
    assert "{" not in urlsplit(cls.notify_url).netloc
    assert "{host}" not in "".join(cls.templates)
    assert cls.notify_format.value == "text"
    assert "wait=" not in ast.unparse(tree)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("json://10.0.0.1/", "not taken here"),
        ("ntfy://push.example/topic", "not taken here"),
        ("mailto://user:pass@example.com", "not taken here"),
        ("PROWL", "not taken here"),
        ("prowl://short", "cannot be used"),
        (f"seven://{KEY}/4915112345678/4915112345679", "Name one recipient"),
    ],
)
def test_other_addresses_are_refused_where_they_are_entered(url, words):
    form = APPRISE.Form({"url": url})

    assert not form.is_valid()
    assert words in form.errors["url"][0]


def test_without_the_package_nothing_is_sent_and_the_error_says_so(monkeypatch):
    monkeypatch.setattr(_apprise_plugins, "IS_INSTALLED", False)

    assert "apprise is not installed" in str(failure(APPRISE, PROWL))


def test_a_service_is_a_lane_that_names_no_secret():
    assert APPRISE.lane(PROWL) == "Apprise prowl://…"
    assert APPRISE.describe(SMS) == "seven://…"
