"""Settings, Notifications, Live call routing; the API, the audit log, and messages."""

import pytest

from escalation.models import CallRoute, IncomingCall
from incidents.models import Incident
from tests.api import script
from tests.escalation.calls import HOTLINE, Twilio, make_phone, make_route
from tests.factories import make_incident, make_schedule, make_user
from tests.notifications.conftest import receiver  # noqa: F401
from tests.notifications.providers.calls import base_of
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
PAGE = "/settings/call-routes/"
ANA = "+4915100000001"


@pytest.fixture
def route():
    ana = make_user("Ana")
    make_phone(ana, ANA)
    return make_route(ana)


@pytest.fixture
def owner():
    return make_person("Owner")


def test_without_an_account_the_page_leads_to_one(owner):
    page = browser(owner).get(PAGE)

    assert "It needs an account for voice calls at Twilio or Vonage" in words(page)
    assert "/settings/notifications/voice/" in page.content.decode()


def test_the_page_says_who_would_be_rung_now_and_how_the_number_is_led_here(owner, route):
    shown = words(browser(owner).get(PAGE))

    assert f"{HOTLINE}, by Calls" in shown
    assert "Now Ana" in shown
    assert f"set “A call comes in” to Webhook, {route.url} and HTTP POST." in shown
    assert ANA not in shown


def test_the_page_says_that_nobody_has_a_number(owner, route):
    CallRoute.objects.update(policy=None, schedule=make_schedule(make_user("Bo")))

    assert "Nobody with a verified number" in words(browser(owner).get(PAGE))


def test_the_page_says_that_an_account_is_disabled(owner, route):
    route.provider.is_enabled = False
    route.provider.save()

    assert "The account of the route cannot be used." in words(browser(owner).get(PAGE))


def test_the_latest_calls_say_what_became_of_them(owner, route):
    incident = make_incident()
    call = {"route": route, "incident": incident, "state": "ended"}
    IncomingCall.objects.create(call_id="1", accepted_by=owner, caller="+4917099999999", **call)
    IncomingCall.objects.create(call_id="2", recording_url="https://x.example/1", **call)
    IncomingCall.objects.create(call_id="3", **call)

    shown = words(browser(owner).get(PAGE))

    assert "Accepted by " in shown
    assert "Message Listen" in shown
    assert "Not accepted" in shown


def test_the_admin_refuses_a_schedule_and_a_policy_at_once(owner, route):
    form = {
        "name": "Second",
        "provider": route.provider_id,
        "number": HOTLINE,
        "schedule": make_schedule().pk,
        "policy": route.policy_id,
        "service": route.service_id,
        "greeting": "Hello.",
        "ring_seconds": 20,
    }

    page = browser(owner).post("/admin/escalation/callroute/add/", form)

    assert "Choose a schedule or a policy, and not both." in words(page)
    assert CallRoute.objects.count() == 1


def test_the_api_makes_a_route_and_says_where_its_calls_come(owner, route):
    fields = {
        "name": "Second",
        "provider": "Calls",
        "number": HOTLINE,
        "schedule": make_schedule(name="Nights").name,
        "service": route.service_id,
    }

    made = script(owner).post("/api/v1/call-routes/", fields, format="json")

    assert made.status_code == 201, made.content
    row = CallRoute.objects.get(name="Second")
    assert made.json()["url"] == row.url
    assert made.json()["ring_seconds"] == 20


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"policy": None}, "schedule"),
        ({"number": "030 123456"}, "number"),
        ({"ring_seconds": 300}, "ring_seconds"),
        ({"provider": "nobody"}, "provider"),
    ],
)
def test_the_api_says_what_is_wrong_at_its_field(owner, route, fields, place):
    answer = script(owner).patch(f"/api/v1/call-routes/{route.pk}/", fields, format="json")

    assert answer.status_code == 400
    assert place in answer.json()["fields"]


def test_the_api_lists_the_calls_of_a_route(owner, route):
    IncomingCall.objects.create(route=route, call_id="1", caller="+4917099999999")

    (call,) = script(owner).get(f"/api/v1/call-routes/{route.pk}/calls/").json()

    assert (call["caller"], call["state"]) == ("+4917099999999", "ringing")


def test_a_change_is_in_the_audit_log_without_the_token(owner, route):
    script(owner).patch(f"/api/v1/call-routes/{route.pk}/", {"ring_seconds": 30}, format="json")

    shown = words(browser(owner).get(f"/history/escalation.callroute/{route.pk}/"))
    assert "30" in shown
    assert route.token not in shown


def listen(client, call):
    return client.get(f"/call-recordings/{call.pk}/")


@pytest.fixture
def twilio(receiver, monkeypatch, client, local_network):  # noqa: F811
    return Twilio(receiver, monkeypatch, client)


def test_a_message_is_for_who_may_see_its_incident(route, twilio):
    base = base_of(twilio.server)
    incident = make_incident(is_private=True)
    call = IncomingCall.objects.create(
        route=route, call_id="1", incident=incident, recording_url=f"{base}/Recordings/RE1"
    )

    assert listen(browser(make_person("Responder")), call).status_code == 404
    assert twilio.server.requests == []
    Incident.objects.update(is_private=False)
    heard = listen(browser(make_person("Owner")), call)

    assert (heard.status_code, heard.content, heard["Content-Type"]) == (200, b"mp3", "audio/mpeg")
    path, headers, _ = twilio.server.requests[0]
    assert path == "/Recordings/RE1.mp3"
    assert headers["Authorization"].startswith("Basic ")


def test_a_recording_elsewhere_is_not_fetched(owner, route):
    call = IncomingCall.objects.create(
        route=route, call_id="1", incident=make_incident(), recording_url="https://x.example/1"
    )

    heard = listen(browser(owner), call)

    assert (heard.status_code, heard.content) == (502, b"The recording is not at Twilio.")
