"""Against a fake that answers as signal-cli-rest-api does."""

import json

import pytest

from tests.notifications.providers.fakes import (
    EVENTS,
    Vendor,
    every_event,
    failure,
    flags,
    make_account,
    make_page,
    provider_of,
)
from tests.notifications.servers import hang_up
from tests.tasks import run_tasks

SIGNAL = provider_of("signal", "signal")
ADDRESS = {"recipient": "+4915112345678"}
NUMBER = SIGNAL.example["number"]


def judge(method, path, headers, body):
    if path == "/v1/accounts":
        return 200, [NUMBER]
    wanted = json.loads(body)
    if path != "/v2/send" or wanted["number"] != NUMBER:
        return 400, {"error": "Specified account does not exist"}
    if len(wanted["recipients"]) != 1 or not 0 < len(wanted["message"]) <= 2000:
        return 400, {"error": "Couldn't process request - invalid request"}
    return 201, {"timestamp": "1700000000000"}


@pytest.fixture
def vendor(receiver):
    return Vendor(receiver, judge)


@pytest.fixture
def config(vendor):
    return SIGNAL.example | {"server": vendor.url}


@every_event
def test_every_event_is_taken(config, message):
    assert SIGNAL.send(config, ADDRESS, message).provider_id == "1700000000000"


def test_it_says_what_it_is_about_first_and_ends_with_the_link(config, vendor):
    SIGNAL.send(config, ADDRESS, EVENTS["triggered"])

    text = vendor.jsons[0]["message"]
    assert text.startswith("[critical] Web Application: Incident #1042: High CPU on web-01\n")
    assert "Acknowledge: https://ops.example/a/ack1042/" in text
    assert text.endswith("Open #1042: https://ops.example/incidents/1042/")


@pytest.mark.parametrize(
    ("status", "words", "wanted"),
    [
        (400, "Failed to send message: Unregistered user", {"permanent", "address_fault"}),
        (400, "Invalid group id", {"permanent", "address_fault"}),
        (400, "Specified account does not exist", {"permanent", "provider_fault"}),
        (400, "Failed to send message: something else", {"permanent"}),
        (429, "rate limit. Use the attached challenge tokens", {"provider_fault"}),
        (502, "Bad Gateway", {"provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(config, vendor, status, words, wanted):
    vendor.answers_with(status, {"error": words})

    error = failure(SIGNAL, config, ADDRESS)

    assert (flags(error), str(error)) == (wanted, f"Signal: {words} ({status})")


def test_no_answer_leaves_doubt(config, receiver):
    receiver.behave = hang_up

    assert flags(failure(SIGNAL, config, ADDRESS)) == {"ambiguous", "provider_fault"}


def test_the_test_looks_for_the_number(config):
    assert SIGNAL.check(config) == f"Signal: {NUMBER} is registered at the gateway."


@pytest.fixture
def gateway(db, config, client):
    """What hands a message on to the address of the account's callbacks."""
    _, path = make_account("signal", "signal", config)

    def post(text, *, sender=ADDRESS["recipient"]):
        envelope = {"sourceNumber": sender, "timestamp": 1, "dataMessage": {"message": text}}
        params = {"envelope": envelope, "account": NUMBER}
        body = {"jsonrpc": "2.0", "method": "receive", "params": params}
        answered = client.post(path, body, content_type="application/json")
        run_tasks()
        return answered

    return post


def test_an_answer_acts_once_and_is_answered_by_a_message(gateway, vendor):
    row = make_page("signal", ADDRESS)

    for _ in range(2):
        gateway(f"ack {row.incident_id}")

    row.incident.refresh_from_db()
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert row.incident.timeline.filter(verb="acknowledged").count() == 1
    said = vendor.jsons[-1]
    assert said["recipients"] == [ADDRESS["recipient"]]
    assert said["message"] == f"Yours: #{row.incident_id} acknowledged."


def test_somebody_unknown_is_not_answered(gateway, vendor):
    row = make_page("signal", ADDRESS)
    sent = len(vendor.paths)

    gateway(f"ack {row.incident_id}", sender="+4915100000001")

    row.incident.refresh_from_db()
    assert (row.incident.status, len(vendor.paths)) == ("open", sent)


def test_what_is_no_message_does_nothing(gateway, vendor):
    assert gateway(None).status_code == 200
    assert vendor.paths == []
