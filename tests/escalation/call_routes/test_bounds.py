"""Live call routing by Twilio: what is forged, comes twice, too often, too late, or fails."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from escalation.actions import call_legs, incoming_calls
from escalation.actions.suppression import resume_due
from escalation.models import CallRoute, IncomingCall
from incidents.models import Incident
from tests.escalation.call_routes.conftest import ANA, BO
from tests.escalation.calls import (
    make_route,
    paged,
)
from tests.factories import make_policy, make_service
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("step", ["call", "press", "ends"])
def test_what_twilio_has_not_signed_changes_nothing(twilio, ana, bo, step):
    route = make_route(ana, bo)
    if step == "call":
        assert twilio.call(route, token="other") == 403
        assert not Incident.objects.exists()
        return
    twilio.call(route)
    run_tasks()

    wrong = twilio.press if step == "press" else twilio.ends
    assert wrong("1" if step == "press" else "busy", token="other") == 403
    run_tasks()

    assert twilio.rung == [ANA]
    assert Incident.objects.get().status == "open"


def test_the_same_webhook_twice_is_one_call(twilio, ana):
    route = make_route(ana)

    twilio.call(route)
    twilio.call(route)
    run_tasks()

    assert Incident.objects.count() == 1
    assert twilio.rung == [ANA]


def test_a_caller_in_a_storm_is_bounded(twilio, ana):
    route = make_route(ana)
    for number in range(incoming_calls.MAX_PER_CALLER):
        twilio.call(route, sid=f"CA{number}")

    twiml = twilio.call(route, sid="CAmore")

    assert twiml.find("Say").text.startswith("Too many calls")
    assert Incident.objects.count() == incoming_calls.MAX_PER_CALLER
    assert CallRoute.objects.get().refused_count == 1
    assert twilio.call(route, caller="+4917011111111", sid="CAother").find("Dial") is not None


def test_withheld_numbers_are_served_and_bounded_together(twilio, ana, monkeypatch):
    monkeypatch.setattr(incoming_calls, "MAX_PER_ROUTE", 7)
    route = make_route(ana)

    answers = [twilio.call(route, caller="Anonymous", sid=f"CA{n}") for n in range(8)]

    assert [one.find("Dial") is not None for one in answers] == [True] * 7 + [False]
    assert Incident.objects.first().title == "Call from a withheld number"


def test_a_route_that_is_disabled_opens_nothing(twilio, ana):
    twiml = twilio.call(make_route(ana, is_enabled=False))

    assert twiml.find("Say").text == "This number is not in use at present. Goodbye."
    assert not Incident.objects.exists()


def test_a_webhook_that_never_comes_stops_nothing(twilio, ana, bo):
    twilio.call(make_route(ana, bo))
    run_tasks()
    later = timezone.now() + timedelta(minutes=2)

    assert call_legs.go_on_with_due(later) == 1
    run_tasks()

    assert twilio.rung == [ANA, BO]
    assert twilio.press("1").find("Dial") is not None


def test_without_any_worker_the_incident_pages_by_itself(twilio, ana):
    twilio.call(make_route(ana))
    OrmQ.objects.all().delete()

    resume_due(timezone.now() + timedelta(minutes=2))

    assert paged(Incident.objects.get()) == ["Ana"]


def test_what_fails_here_is_said_in_words(twilio, ana, monkeypatch):
    route = make_route(ana)
    monkeypatch.setattr(incoming_calls, "ladder_of_call", None)

    assert twilio.call(route).find("Say").text.startswith("This did not work.")


def test_a_key_of_who_was_rung_before_comes_too_late(twilio, ana, bo):
    twilio.call(make_route(ana, bo))
    run_tasks()
    url, first = twilio.leg["StatusCallback"], IncomingCall.objects.get()
    twilio.ends("busy")
    run_tasks()

    twiml = twilio.post(f"{url}key/", CallSid="CAleg1", Digits="1")

    assert twiml.find("Say").text == "The caller is no longer waiting. Goodbye."
    first.refresh_from_db()
    assert (first.state, first.position) == ("ringing", 2)


def test_old_calls_are_forgotten_and_their_incidents_stay(twilio, ana):
    twilio.call(make_route(ana))
    past = timezone.now() - timedelta(days=91)
    IncomingCall.objects.update(started_at=past)

    assert incoming_calls.forget_old(timezone.now()) == 1
    assert Incident.objects.exists()


def test_what_pages_is_the_policy_of_the_service(twilio, ana, bo):
    route = make_route(ana, service=make_service(make_policy(bo)))
    twilio.call(route)
    run_tasks()

    twilio.ends("busy")
    run_tasks()

    assert paged(Incident.objects.get()) == ["Bo"]
