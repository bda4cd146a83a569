"""Debian's Kannel 1.4.5 with the carrier of its fake driver, and what it answers besides."""

import time
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import pytest

from notifications.providers import find_provider
from tests.notifications.providers.calls import (
    UNANSWERED,
    answers,
    base_of,
    callback,
    read,
    refusal,
    send,
)
from tests.notifications.providers.kannel import PATIENCE_S, Kannel
from tests.notifications.samples import make_brief, make_message

real = pytest.mark.needs("bearerbox", "smsbox")


@pytest.fixture(scope="module")
def kannel(tmp_path_factory):
    server = Kannel(tmp_path_factory.mktemp("kannel"))
    server.start()
    yield server
    server.stop()


def reports(receiver, count):
    """So many callbacks of Kannel, read by the provider; in whichever order they came."""
    until = time.monotonic() + PATIENCE_S
    while len(receiver.requests) < count and time.monotonic() < until:
        time.sleep(0.02)
    said = [
        callback(method="GET", query=dict(parse_qsl(urlsplit(path).query)))
        for path, _, _ in receiver.requests
    ]
    found = [one for each in said for one in read("kannel", each).receipts]
    return sorted((one.provider_id, one.state) for one in found)


@real
def test_a_message_leaves_by_the_carrier_and_its_delivery_is_reported(kannel, receiver):
    here = base_of(receiver) + "/callbacks/t0k/"

    with kannel.carrier() as lines:
        accepted = send("kannel", url=kannel.url, callback_url=here)
        found = reports(receiver, 2)
        # What waited for a carrier since another test comes first.
        sent = next(line for line in lines if b"#1042" in line).decode().strip()

    assert sent == f"+15005550006 +4915112345678 text {UNANSWERED}"
    assert found == [(accepted.provider_id, "delivered"), (accepted.provider_id, "sent")]
    assert (accepted.segments, accepted.receipt_within_s) == (1, None)


@real
def test_two_parts_of_unicode_are_one_message_with_one_report(kannel, receiver):
    message = make_message(make_brief(title="磁盘 " * 60))
    here = base_of(receiver) + "/callbacks/t0k/"

    with kannel.carrier() as lines:
        accepted = send("kannel", message, url=kannel.url, callback_url=here)
        found = reports(receiver, 2)
        parts = [line for line in (next(lines), next(lines)) if b" ucs-2 " in line]

    codes = [part.split(b" ucs-2 ")[1].strip().replace(b"+", b" ") for part in parts]
    text = b"".join(unquote_to_bytes(code) for code in codes).decode("utf-16-be")
    assert text.startswith("CRITICAL #1042 磁盘 磁盘")
    assert text.endswith("https://ops.example/incidents/1042/")
    assert accepted.segments == 2
    assert found == [(accepted.provider_id, "delivered"), (accepted.provider_id, "sent")]


@real
def test_without_a_carrier_it_is_queued_and_the_next_way_is_used_at_once(kannel, receiver):
    message = make_message(make_brief(number=7))

    accepted = send("kannel", message, url=kannel.url)

    assert accepted.receipt_within_s == 0


@real
def test_a_wrong_password_is_the_fault_of_the_account(kannel, receiver):
    sentence, flags, _ = refusal("kannel", url=kannel.url, password="wr0ng")

    assert sentence == "Kannel: Authorization failed for sendsms (403)"
    assert flags == "permanent provider_fault"


@real
def test_it_is_tried_without_sending_anything(kannel, receiver):
    provider = find_provider("sms", "kannel")

    said = provider.check({**provider.example, "url": kannel.url})

    assert said == "Kannel: it answers, and takes the password."


@pytest.mark.parametrize(
    ("status", "words", "flags"),
    [
        (
            400,
            "Number(s) has/have been denied by white- and/or black-lists.",
            "permanent address_fault",
        ),
        (400, "Sender missing and no global set, rejected", "permanent"),
        (404, "Not found", "permanent provider_fault"),
        (503, "Temporal failure, try again later.", "provider_fault"),
        (200, "<html>", "permanent"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(receiver, status, words, flags):
    answers(receiver, words.encode(), status)

    sentence, found, _ = refusal("kannel", url=base_of(receiver) + "/cgi-bin/sendsms")

    assert found == flags
    assert sentence.startswith(f"Kannel: {words}")


def test_what_is_asked_of_it_is_all_in_the_url(receiver):
    answers(receiver, b"0: Accepted for delivery", 202)

    accepted = send("kannel", url=base_of(receiver) + "/s", smsc="gsm1", sender="")

    query = dict(parse_qsl(urlsplit(receiver.requests[0][0]).query))
    report = f"https://ops.example/callbacks/t0k/?id={accepted.provider_id}&s=%d"
    assert query == {
        "username": "opsportal",
        "password": "k4nnel",
        "to": "+4915112345678",
        "text": UNANSWERED,
        "charset": "UTF-8",
        "coding": "0",
        "validity": "15",
        "smsc": "gsm1",
        "dlr-mask": "27",
        "dlr-url": report,
    }


@pytest.mark.parametrize(
    ("word", "state"), [("1", "delivered"), ("2", "failed"), ("8", "sent"), ("16", "failed")]
)
def test_its_reports_are_numbers(word, state):
    said = callback(method="GET", query={"id": "r-1", "s": word})

    receipts = read("kannel", said).receipts

    assert [(one.provider_id, one.state) for one in receipts] == [("r-1", state)]


@pytest.mark.parametrize("query", [{}, {"id": "r-1", "s": "4"}, {"s": "1"}])
def test_what_says_nothing_of_a_message_is_no_receipt(query):
    assert read("kannel", callback(method="GET", query=query)).receipts == ()
