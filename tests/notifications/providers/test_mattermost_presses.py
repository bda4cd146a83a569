"""Presses of buttons in Mattermost: with the proof that no client sees, once, as who pressed."""

import pytest

from incidents.models import Incident
from notifications.actions import updates
from notifications.models import Provider
from tests.notifications.providers.fakes import make_account, make_page
from tests.notifications.providers.mattermost_api import MATTERMOST, PERSON, ROOM, Server
from tests.tasks import run_tasks


@pytest.fixture
def server(db, receiver, client, settings):
    """The server, whose ``post`` brings a press to the address that stands on its buttons."""
    settings.SITE_URL = "https://ops.example"
    server = Server(receiver)
    config = MATTERMOST.example | {"server": server.url}
    make_account("mattermost_bot", "mattermost_bot", config)

    def post(press):
        (url,) = {one["integration"]["url"] for one in server.actions()}
        path = url.removeprefix("https://ops.example")
        return client.post(path, press, content_type="application/json")

    server.post = post
    return server


@pytest.fixture
def page(server):
    return make_page("mattermost_bot", PERSON)


def status_of(row):
    row.incident.refresh_from_db()
    return row.incident.status


def test_a_press_acts_as_the_person_and_only_that_one_is_told(server, page):
    answer = server.post(server.press("Acknowledge"))

    assert (status_of(page), page.incident.assignee) == ("acknowledged", page.user)
    assert page.incident.timeline.filter(verb="acknowledged", via="Mattermost bot").count() == 1
    assert answer.json() == {"ephemeral_text": f"Yours: #{page.incident_id} acknowledged."}


def test_the_post_of_everybody_changes(server, page):
    server.post(server.press("Acknowledge"))
    updates.notify_status_updates()
    run_tasks()

    assert [one["name"] for one in server.actions()] == ["Resolve", "Escalate", "Snooze 1 h"]


def test_the_same_press_twice_is_done_once(server, page):
    press = server.press("Snooze 1 h")

    for _ in range(2):
        assert server.post(press).status_code == 200

    assert page.incident.timeline.filter(verb="snoozed").count() == 1


@pytest.mark.parametrize("trigger", ["", None])
def test_without_an_id_of_the_press_it_is_known_by_post_and_person(server, page, trigger):
    press = server.press("Snooze 1 h", trigger=trigger)

    for _ in range(2):
        server.post(press)

    assert page.incident.timeline.filter(verb="snoozed").count() == 1


def forged(server, page):
    context = server.press("Acknowledge")["context"]
    other = f"resolve {page.incident_id}:1"
    return {
        "no proof": {"context": {"value": context["value"]}},
        "guessed": {"context": {"value": context["value"], "proof": "0" * 32}},
        "another button": {"context": {"value": other, "proof": context["proof"]}},
        "another channel": {"channel_id": ROOM},
        "no context": {"context": None},
        "no person": {"user_id": None, "context": {}},
    }


@pytest.mark.parametrize(
    "what",
    ["no proof", "guessed", "another button", "another channel", "no context", "no person"],
)
def test_what_is_forged_changes_nothing(server, page, what):
    answer = server.post(server.press("Acknowledge", **forged(server, page)[what]))

    assert (answer.status_code, status_of(page)) == (403, "open")


def test_a_proof_of_another_account_changes_nothing(server, page, client):
    other = Provider.objects.create(
        channel="mattermost_bot", kind="mattermost_bot", name="two", config=MATTERMOST.example
    )
    press = server.press("Acknowledge")

    answer = client.post(f"/callbacks/{other.token}/", press, content_type="application/json")

    assert (answer.status_code, status_of(page)) == (403, "open")


def test_a_button_of_an_earlier_round_does_nothing(server, page):
    Incident.objects.filter(pk=page.incident_id).update(paging_round=2)

    answer = server.post(server.press("Resolve"))

    assert status_of(page) == "open"
    assert "earlier round" in answer.json()["ephemeral_text"]


def test_somebody_unknown_is_told_how_to_be_known_and_changes_nothing(server, page):
    stranger = "s" * 26

    answer = server.post(server.press("Acknowledge", by=stranger))

    assert status_of(page) == "open"
    link = f"https://ops.example/me/contact-methods/add/mattermost_bot/?user_id={stranger}"
    assert answer.json()["ephemeral_text"].endswith(link)


@pytest.mark.parametrize("body", ["[]", "{", '"x"'])
def test_what_is_no_press_is_refused(server, page, body):
    assert server.post(body).status_code == 403
