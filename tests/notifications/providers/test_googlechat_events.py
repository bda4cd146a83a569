"""Presses of buttons in Google Chat, and what is written to the app: by Google's token, once."""

from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from incidents.models import Incident
from notifications.actions import updates
from notifications.address_codes import code_for
from notifications.providers.googlechat_app import _api, _events
from tests.factories import make_user
from tests.notifications.providers.fakes import make_account, make_page
from tests.notifications.providers.googlechat_api import (
    ACCOUNT,
    DIRECT,
    JANE,
    PERSON,
    ROOM,
    Chat,
    event_of,
    press_of,
    token_of,
    written,
)
from tests.tasks import run_tasks

OTHER = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def app(db, receiver, monkeypatch, client, settings):
    """The account, and what posts an event to its address with a token of Google."""
    settings.SITE_URL = "https://ops.example"
    vendor = Chat(receiver)
    monkeypatch.setattr(_api, "API", f"{vendor.url}/v1")
    monkeypatch.setattr(_api, "TOKEN_URL", f"{vendor.url}/token")
    monkeypatch.setattr(_events, "KEYS_URL", f"{vendor.url}/keys")
    _api.TOKENS.kept.clear()
    _events.KEYS.forget()
    _row, path = make_account("googlechat_app", "googlechat_app", ACCOUNT)

    def post(event, token=None):
        headers = {"Authorization": f"Bearer {token_of() if token is None else token}"}
        answer = client.post(path, event, content_type="application/json", headers=headers)
        run_tasks()
        return answer

    return SimpleNamespace(vendor=vendor, post=post)


def value_of(row, verb="acknowledge"):
    return f"{verb} {row.incident_id}:{row.incident.paging_round}"


def status_of(row):
    row.incident.refresh_from_db()
    return row.incident.status


def test_a_press_acts_as_the_person_and_only_that_one_is_told(app):
    row = make_page("googlechat_app", PERSON)

    answer = app.post(press_of(value_of(row)))

    assert (status_of(row), row.incident.assignee) == ("acknowledged", row.user)
    assert row.incident.timeline.filter(verb="acknowledged", via="Google Chat app").count() == 1
    assert (answer.status_code, answer.json()) == (200, {})
    said = app.vendor.last
    assert said["text"] == f"Yours: #{row.incident_id} acknowledged."
    assert said["privateMessageViewer"] == {"name": JANE}
    assert said["thread"] == {"name": f"{ROOM}/threads/T1"}


def test_the_card_of_everybody_changes(app):
    row = make_page("googlechat_app", PERSON)

    app.post(press_of(value_of(row)))
    updates.notify_status_updates()
    run_tasks()

    (section,) = app.vendor.messages[f"{DIRECT}/messages/M1"]["cardsV2"][0]["card"]["sections"]
    status = {"decoratedText": {"topLabel": "Status", "text": "acknowledged"}}
    assert status in section["widgets"]


def test_the_same_press_twice_is_done_once(app):
    row = make_page("googlechat_app", PERSON)

    for _ in range(2):
        assert app.post(press_of(value_of(row, "snooze"))).status_code == 200

    assert row.incident.timeline.filter(verb="snoozed").count() == 1


def test_a_button_of_an_earlier_round_does_nothing(app):
    row = make_page("googlechat_app", PERSON)
    Incident.objects.filter(pk=row.incident_id).update(paging_round=2)

    app.post(press_of(value_of(row, "resolve")))

    assert status_of(row) == "open"
    assert "earlier round" in app.vendor.last["text"]


def test_somebody_unknown_is_told_how_to_be_known_and_changes_nothing(app):
    row = make_page("googlechat_app", PERSON)

    app.post(press_of(value_of(row), by="users/666"))

    assert status_of(row) == "open"
    assert app.vendor.last["text"].endswith("/add/googlechat_app/?to=users%2F666")


@pytest.mark.parametrize(
    "wrong",
    [{"key": OTHER}, {"kid": "g9"}, {"aud": "999"}, {"iss": "evil@example.com"}, {"age": 3901}],
    ids=["signature", "key", "audience", "issuer", "expired"],
)
def test_what_is_forged_or_stale_changes_nothing(app, wrong):
    row = make_page("googlechat_app", PERSON)

    answer = app.post(press_of(value_of(row)), token_of(**wrong))

    assert (answer.status_code, status_of(row)) == (401, "open")


@pytest.mark.parametrize("token", ["", "x.y.z"])
def test_without_a_token_nothing_is_done(app, token):
    row = make_page("googlechat_app", PERSON)

    assert app.post(press_of(value_of(row)), token).status_code == 401
    assert status_of(row) == "open"


def test_without_the_keys_google_is_asked_to_come_again(app):
    row = make_page("googlechat_app", PERSON)
    app.vendor.answers_with(500)

    assert app.post(press_of(value_of(row))).status_code == 503
    assert status_of(row) == "open"


def test_a_command_is_done_and_answered_where_it_was_written(app):
    row = make_page("googlechat_app", PERSON)

    app.post(written(f" ack {row.incident_id}"))

    assert status_of(row) == "acknowledged"
    assert app.vendor.last == {"text": f"Yours: #{row.incident_id} acknowledged."}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (written("id", place=DIRECT), f"Your ID is {JANE}."),
        (written("id"), f"The ID of this space is {ROOM}."),
        (event_of("ADDED_TO_SPACE"), f"The ID of this space is {ROOM}."),
    ],
)
def test_the_app_tells_the_id_to_enter(app, event, told):
    assert app.post(event).json()["text"].startswith(told)


@pytest.mark.parametrize(("place", "is_added"), [(DIRECT, True), (ROOM, False)])
def test_a_code_adds_ones_own_chat_but_no_space(app, place, is_added):
    user = make_user(email=False)

    app.post(written(f"link {code_for(user.pk, 'googlechat_app')}", place=place))

    found = user.contact_methods.filter(channel="googlechat_app", verified_at__isnull=False)
    assert [method.config for method in found] == ([PERSON] if is_added else [])


@pytest.mark.parametrize(
    "event", [event_of("REMOVED_FROM_SPACE"), event_of("MESSAGE"), press_of("")]
)
def test_other_events_are_answered_and_do_nothing(app, event):
    assert app.post(event).json() == {}


@pytest.mark.parametrize("body", ["[]", "{", '"x"'])
def test_nonsense_with_a_token_is_no_error_of_ours(app, body):
    assert app.post(body).status_code in (400, 403)
