"""Presses of buttons in Discord: signed, once, as who pressed."""

import json
from contextlib import contextmanager
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from incidents.models import Incident
from notifications.actions import updates
from notifications.errors import CallbackRefused
from notifications.providers.discord_bot import _api, _interactions
from notifications.receipts import Callback
from tests.notifications.providers.discord_api import (
    CONFIG,
    DISCORD,
    PERSON,
    judge,
    press_of,
    signed,
)
from tests.notifications.providers.fakes import Vendor, make_account, make_page
from tests.tasks import run_tasks
from tests.threads import elsewhere

VECTOR = (
    "f86a5b681cb0a9642e22edbeab1579b5fcb74e8acbcb0e208ee97b0c816e78d0"
    "45011e540dfff3782057941d18cb49c663b9ec27685525fc31483c6e629d0605"
)


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Vendor(receiver, judge)
    monkeypatch.setattr(_api, "API", vendor.url)
    return vendor


@pytest.fixture
def post(db, vendor, client, settings):
    """What posts an interaction to the address of the account, signed unless told otherwise."""
    settings.SITE_URL = "https://ops.example"
    row, path = make_account("discord_bot", "discord_bot", DISCORD.example)

    def post(interaction, **how):
        body = json.dumps(interaction).encode()
        headers = signed(body, **how)
        return client.post(path, body, content_type="application/json", headers=headers)

    post.account = row
    return post


def value_of(row, verb="acknowledge", paging_round=None):
    return f"{verb} {row.incident_id}:{paging_round or row.incident.paging_round}"


def status_of(row):
    row.incident.refresh_from_db()
    return row.incident.status


@pytest.mark.parametrize(("age", "is_taken"), [(0, True), (300, True), (301, False), (-301, False)])
def test_the_signature_of_the_vendors_own_library_is_taken_for_five_minutes(
    monkeypatch, age, is_taken
):
    monkeypatch.setattr(_interactions.time, "time", lambda: 1764430200 + age)
    headers = {"X-Signature-Timestamp": "1764430200", "X-Signature-Ed25519": VECTOR}
    ping = Callback(method="POST", url="", headers=headers, query={}, body=b'{"type":1}')

    if is_taken:
        assert json.loads(DISCORD.read_callback(CONFIG, ping).body) == {"type": 1}
    else:
        with pytest.raises(CallbackRefused, match="older than five minutes"):
            DISCORD.read_callback(CONFIG, ping)


def test_a_ping_is_answered_with_a_pong(post):
    answer = post({"type": 1})

    assert (answer.status_code, answer.json()) == (200, {"type": 1})
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("is_direct", [True, False])
def test_a_press_acts_as_the_person_and_only_that_one_is_told(post, is_direct):
    row = make_page("discord_bot", PERSON)

    answer = post(press_of(value_of(row), is_direct=is_direct))

    assert status_of(row) == "acknowledged"
    assert row.incident.assignee == row.user
    assert row.incident.timeline.filter(verb="acknowledged", via="Discord bot").count() == 1
    said = answer.json()
    assert (said["type"], said["data"]["flags"]) == (4, 64)
    assert said["data"]["content"] == f"Yours: #{row.incident_id} acknowledged."


def test_the_same_press_twice_is_done_once(post):
    row = make_page("discord_bot", PERSON)

    for _ in range(2):
        assert post(press_of(value_of(row, "snooze"))).status_code == 200

    assert row.incident.timeline.filter(verb="snoozed").count() == 1


def test_the_message_changes_as_soon_as_somebody_has_pressed(post, vendor):
    row = make_page("discord_bot", PERSON)

    post(press_of(value_of(row)))
    updates.notify_status_updates()
    run_tasks()

    (changed,) = [
        parts for path, parts in zip(vendor.paths, vendor.jsons, strict=True)
        if path == "/channels/180000000000000001/messages/200000000000000001"
    ]  # fmt: skip
    facts = {field["name"]: field["value"] for field in changed["embeds"][0]["fields"]}
    assert facts["Status"] == "acknowledged"


@pytest.mark.parametrize("how", [{"age": 301}, {"key": Ed25519PrivateKey.generate()}])
def test_what_is_forged_or_stale_changes_nothing(post, how):
    row = make_page("discord_bot", PERSON)

    answer = post(press_of(value_of(row)), **how)

    assert (answer.status_code, status_of(row)) == (401, "open")


def test_a_body_that_was_changed_after_signing_changes_nothing(post, client):
    row = make_page("discord_bot", PERSON)
    headers = signed(json.dumps(press_of("status 1:1")).encode())
    path = f"/callbacks/{post.account.token}/"

    answer = client.post(
        path, press_of(value_of(row)), content_type="application/json", headers=headers
    )

    assert (answer.status_code, status_of(row)) == (401, "open")


def test_somebody_unknown_is_told_how_to_be_known_and_changes_nothing(post):
    row = make_page("discord_bot", PERSON)

    answer = post(press_of(value_of(row), by="190000000000000666"))

    assert status_of(row) == "open"
    link = "https://ops.example/me/contact-methods/add/discord_bot/?user_id=190000000000000666"
    assert answer.json()["data"]["content"].endswith(link)


def test_that_link_has_the_id_filled_in(db, client, post):
    client.force_login(make_page("discord_bot", PERSON).user)

    page = client.get("/me/contact-methods/add/discord_bot/?user_id=190000000000000666")

    assert 'value="190000000000000666"' in page.content.decode()


def test_a_button_of_an_earlier_round_does_nothing(post):
    row = make_page("discord_bot", PERSON)
    Incident.objects.filter(pk=row.incident_id).update(paging_round=2)

    answer = post(press_of(value_of(row, "resolve", 1)))

    assert status_of(row) == "open"
    assert "earlier round" in answer.json()["data"]["content"]


@pytest.mark.parametrize("kind", [2, 5, 99])
def test_another_interaction_is_answered_and_does_nothing(post, kind):
    assert post({"type": kind, "id": "1", "data": {}}).json() == {"type": 6}


@pytest.mark.parametrize("body", [[], "x", {"type": 3, "data": 5}])
def test_nonsense_that_is_signed_is_no_error_of_ours(post, body):
    assert post(body).status_code < 500


@contextmanager
def lock(number):
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=number)
        yield


@pytest.mark.django_db(transaction=True)
def test_what_has_to_wait_is_answered_at_once_and_told_later(post, vendor, monkeypatch):
    monkeypatch.setattr(type(DISCORD), "patience_s", 0.05)
    row = make_page("discord_bot", PERSON)

    with elsewhere(partial(lock, row.incident_id)):
        answer = post(press_of(value_of(row)))
    assert (answer.json(), status_of(row)) == ({"type": 5, "data": {"flags": 64}}, "open")
    run_tasks()

    assert status_of(row) == "acknowledged"
    told = dict(zip(vendor.paths, vendor.jsons, strict=True))
    path = "/webhooks/190000000000000001/aW50ZXJhY3Rpb24.7001/messages/@original"
    assert told[path] == {"content": f"Yours: #{row.incident_id} acknowledged."}
