"""Live call routing by Vonage: the same, in its own words."""

import pytest

from escalation.models import IncomingCall
from incidents.models import Incident
from tests.escalation.calls import CALLER, HOTLINE, SITE, Vonage, lines, make_phone, make_route
from tests.factories import make_user
from tests.notifications.conftest import receiver  # noqa: F401
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
ANA, BO = "+4915100000001", "+4915100000002"


@pytest.fixture
def vonage(receiver, monkeypatch, client, settings, local_network):  # noqa: F811
    settings.SITE_URL = SITE
    return Vonage(receiver, monkeypatch, client)


@pytest.fixture
def route():
    people = [make_user("Ana"), make_user("Bo")]
    for person, number in zip(people, (ANA, BO), strict=True):
        make_phone(person, number)
    return make_route(*people, kind="vonage")


def test_the_caller_waits_in_a_conversation_that_the_key_begins(vonage, route):
    talk, room = vonage.call(route)
    run_tasks()

    assert talk["text"].startswith("Thank you for calling.")
    assert (room["action"], room["startOnEnter"], room["endOnExit"]) == (
        "conversation",
        False,
        True,
    )
    assert vonage.rung == [ANA[1:]]
    assert (vonage.leg["from"]["number"], vonage.leg["ringing_timer"]) == (HOTLINE[1:], 20)
    _, joined = vonage.press("1")
    assert (joined["name"], joined["startOnEnter"]) == (room["name"], True)
    incident = Incident.objects.get()
    assert (incident.title, incident.status) == (f"Call from {CALLER}", "acknowledged")
    assert str(incident.assignee) == "Ana"


def test_after_the_last_the_caller_is_led_to_a_recording(vonage, route):
    vonage.call(route)
    run_tasks()
    (talk,) = vonage.press("")
    assert talk["text"] == "Goodbye."
    vonage.ends("completed")
    run_tasks()
    vonage.ends("timeout")
    run_tasks()

    path, body = next(one for one in vonage.asked if one[0] == "/v1/calls/U1")
    assert (path, body["action"]) == ("/v1/calls/U1", "transfer")
    record = body["destination"]["ncco"][1]
    assert (record["action"], record["beepStart"], record["timeOut"]) == ("record", True, 120)
    said = {
        "recording_url": "https://api.nexmo.com/v1/files/1",
        "start_time": "2026-01-01T12:00:00Z",
        "end_time": "2026-01-01T12:00:23Z",
        "conversation_uuid": "C1",
    }
    vonage.post(record["eventUrl"][0], said)
    assert lines(Incident.objects.get()) == [
        "Rings Ana at +49…001, 1 of 2",
        "Ana did not accept: no key was pressed",
        "Rings Bo at +49…002, 2 of 2",
        "Bo did not accept: timeout",
        "Nobody accepted: the caller is asked for a message",
        "The caller left a message of 23 s",
    ]


def test_who_hangs_up_early_is_an_event_of_the_application(vonage, route):
    vonage.call(route)
    run_tasks()

    vonage.post(route.event_url, {"uuid": "U1", "status": "completed", "direction": "inbound"})
    run_tasks()

    assert ("/v1/calls/U-leg1", {"action": "hangup"}) in vonage.asked
    assert IncomingCall.objects.get().state == "ended"
    assert Incident.objects.get().suppressed_reason == ""


def test_an_event_of_a_call_that_is_not_known_changes_nothing(vonage, route):
    vonage.call(route)

    vonage.post(route.event_url, {"uuid": "U2", "status": "completed"})
    vonage.post(route.event_url, {"status": "completed"})

    assert IncomingCall.objects.get().state == "ringing"


@pytest.mark.parametrize(
    "claims",
    [{"secret": "another-secret-that-is-long-enough"}, {"payload_hash": "0" * 64}],
)
def test_what_vonage_has_not_signed_changes_nothing(vonage, route, claims):
    assert vonage.call(route, **claims) == 403
    assert not Incident.objects.exists()
    vonage.call(route)
    run_tasks()

    assert vonage.press("1", **claims) == 403

    assert Incident.objects.get().status == "open"
