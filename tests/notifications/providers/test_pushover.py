"""Against a fake that checks what Pushover checks."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from incidents.actions import respond
from notifications.actions import updates
from notifications.providers.pushover import pushover
from tests.factories import make_user
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

PUSHOVER = provider_of("pushover", "pushover")
CONFIG = PUSHOVER.example
USER = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"
ADDRESS = {"user_key": USER}
REQUEST = "647d2300-702c-4b38-8b2f-d56326ae460b"
RECEIPT = "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"


def judge(method, path, headers, body):
    parts = urlsplit(path)
    form = dict(parse_qsl(body.decode() or parts.query))
    if form.get("token") != CONFIG["token"]:
        return refused("application token is invalid", token="invalid")
    if parts.path == "/messages.json":
        return judge_message(form)
    return 200, {"status": 1, "limit": 10000, "remaining": 7496, "acknowledged": 0}


def judge_message(form):
    if form["user"] != USER:
        return refused("user identifier is not a valid user", user="invalid")
    if not form.get("message", "").strip():
        return refused("message cannot be blank", message="cannot be blank")
    lengths = {"title": 250, "message": 1024, "url": 512}
    if any(len(form.get(name, "")) > most for name, most in lengths.items()):
        return refused("something is too long")
    if form["priority"] != "2":
        return 200, {"status": 1, "request": REQUEST}
    if not (int(form["retry"]) >= 30 and int(form["expire"]) <= 10800):
        return refused("retry and expire must be supplied")
    return 200, {"status": 1, "request": REQUEST, "receipt": RECEIPT}


def refused(words, **fields):
    return 400, {"status": 0, "errors": [words], "request": REQUEST, **fields}


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Vendor(receiver, judge)
    monkeypatch.setattr(pushover, "API", vendor.url)
    return vendor


@every_event
def test_every_event_is_taken(vendor, message):
    assert PUSHOVER.send(CONFIG, ADDRESS, message).provider_id in (REQUEST, RECEIPT)


@pytest.mark.parametrize(
    ("name", "priority"),
    [("triggered", "2"), ("low", "0"), ("resolved", "-1"), ("test", "0"), ("verification", "0")],
)
def test_only_what_is_urgent_rings_until_it_is_acknowledged(vendor, name, priority):
    accepted = PUSHOVER.send(CONFIG, ADDRESS, EVENTS[name])

    form = vendor.forms[0]
    assert form["priority"] == priority
    assert ("retry" in form, "expire" in form, "sound" in form) == (priority == "2",) * 3
    assert accepted.provider_id == (RECEIPT if priority == "2" else REQUEST)


def test_the_title_is_the_subject_and_the_link_goes_beside_the_text(vendor):
    PUSHOVER.send(CONFIG, ADDRESS, EVENTS["triggered"])

    form = vendor.forms[0]
    assert form["title"] == "[critical] Web Application: Incident #1042: High CPU on web-01"
    assert form["url"] == "https://ops.example/incidents/1042/"
    assert form["message"].endswith("Open #1042: https://ops.example/incidents/1042/")
    assert "Acknowledge: https://ops.example/a/ack1042/" in form["message"]


def test_acknowledging_a_message_is_about_what_it_names_and_not_more(vendor):
    config = CONFIG | {"callback_url": "https://ops.example/callbacks/x/"}

    PUSHOVER.send(config, ADDRESS, EVENTS["several"])

    numbers = parse_qs(urlsplit(vendor.forms[0]["callback"]).query)["n"][0].split(".")
    assert numbers == [str(number) for number in range(30, 10, -1)]


def test_a_long_one_is_cut_before_its_links(vendor):
    PUSHOVER.send(CONFIG, ADDRESS, EVENTS["long"])

    assert vendor.forms[0]["message"].endswith("Open #1042: https://ops.example/incidents/1042/")


@pytest.mark.parametrize(
    ("config", "address", "wanted"),
    [
        (CONFIG, {"user_key": "x" * 30}, {"permanent", "address_fault"}),
        ({"token": "y" * 30}, ADDRESS, {"permanent", "provider_fault"}),
    ],
)
def test_an_unknown_key_is_of_the_person_or_of_the_account(vendor, config, address, wanted):
    assert flags(failure(PUSHOVER, config, address)) == wanted


@pytest.mark.parametrize(
    ("status", "headers", "wanted", "wait"),
    [
        (429, {"Retry_After": "30"}, {"provider_fault"}, 30),
        (500, {}, {"provider_fault"}, None),
        (400, {}, {"permanent"}, None),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, headers, wanted, wait):
    vendor.answers_with(status, {"status": 0, "errors": ["no more this month"]}, **headers)

    error = failure(PUSHOVER, CONFIG, ADDRESS)

    assert (flags(error), error.retry_after) == (wanted, wait)
    assert str(error) == f"Pushover: no more this month ({status})"


def test_no_answer_leaves_doubt(receiver, vendor):
    receiver.behave = hang_up

    assert flags(failure(PUSHOVER, CONFIG, ADDRESS)) == {"ambiguous", "provider_fault"}


def test_the_test_says_how_many_messages_are_left(vendor):
    assert PUSHOVER.check(CONFIG) == "Pushover: 7496 of 10000 messages are left."


@pytest.fixture
def account(db, vendor):
    return make_account("pushover", "pushover", CONFIG)


def urgent_page(vendor):
    """A page of somebody, and the path of the callback that Pushover was given with it."""
    row = make_page("pushover", ADDRESS)
    url = urlsplit(vendor.forms[-1]["callback"])
    return row, f"{url.path}?{url.query}"


def call_back(client, path):
    data = {"receipt": RECEIPT, "acknowledged": "1", "acknowledged_by": USER}
    form = "application/x-www-form-urlencoded"
    answer = client.post(path, urlencode(data), content_type=form)
    run_tasks()
    return answer


def test_what_is_acknowledged_in_the_app_is_acknowledged_here_once(account, vendor, client):
    row, path = urgent_page(vendor)
    said = {"status": 1, "acknowledged": 1, "acknowledged_by": USER}
    vendor.answers = [(200, said), (200, said)]

    answers = [call_back(client, path).status_code for _ in range(2)]

    row.refresh_from_db()
    row.incident.refresh_from_db()
    assert answers == [200, 200]
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert (row.state, row.attempts.get().receipt) == ("delivered", "read")
    assert parse_qs(urlsplit(path).query)["n"] == [str(row.incident_id)]


def test_a_callback_that_pushover_does_not_confirm_changes_nothing(account, vendor, client):
    row, path = urgent_page(vendor)

    assert call_back(client, path).status_code == 200

    row.incident.refresh_from_db()
    assert row.incident.status == "open"


def test_it_stops_ringing_for_all_once_somebody_has_it_anywhere(account, vendor):
    row = make_page("pushover", ADDRESS)
    respond.acknowledge(row.incident_id, by=make_user())

    updates.notify_status_updates()
    run_tasks()

    assert vendor.paths[-1] == f"/receipts/{RECEIPT}/cancel.json"


def test_it_rings_on_while_an_incident_of_the_same_message_has_nobody(account, vendor):
    row, other = make_page("pushover", ADDRESS), make_page("pushover", ADDRESS)
    respond.resolve(row.incident_id, by=make_user())
    sent = len(vendor.paths)

    updates.notify_status_updates()
    run_tasks()

    assert other.incident.status == "open"
    assert not [path for path in vendor.paths[sent:] if "cancel" in path]


def test_what_rang_once_is_not_withdrawn(vendor):
    PUSHOVER.withdraw(CONFIG, REQUEST)

    assert vendor.paths == []


def test_what_is_no_callback_of_pushover_is_refused(account, vendor, client):
    assert client.post(account[1], {"receipt": "../apps/limits"}).status_code == 403
    assert vendor.paths == []
