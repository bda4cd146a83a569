"""Live call routing by Twilio: a call rings one person after another; only a key accepts it."""

import pytest

from escalation.models import IncomingCall
from incidents.models import Incident
from tests.escalation.call_routes.conftest import ANA, BO
from tests.escalation.calls import (
    CALLER,
    HOTLINE,
    lines,
    make_phone,
    make_route,
    make_scheduled_route,
    paged,
)
from tests.factories import make_user
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


def test_the_caller_is_greeted_and_waits_while_the_first_is_rung(twilio, ana, bo):
    twiml = twilio.call(make_route(ana, bo))

    assert twiml.find("Say").text.startswith("Thank you for calling.")
    room = twiml.find("Dial/Conference")
    assert (room.get("startConferenceOnEnter"), room.get("endConferenceOnExit")) == (
        "false",
        "true",
    )
    run_tasks()
    assert twilio.rung == [ANA]
    assert (twilio.leg["From"], twilio.leg["Timeout"]) == (HOTLINE, "20")
    assert "Press 1 to take it" in twilio.leg["Twiml"]


def test_the_incident_is_there_at_once_and_pages_nobody_yet(twilio, ana):
    route = make_route(ana)

    twilio.call(route)
    run_tasks()

    incident = Incident.objects.get()
    assert (incident.title, incident.service) == (f"Call from {CALLER}", route.service)
    assert incident.suppressed_reason == "whoever is on call is being rung"
    assert paged(incident) == []
    assert lines(incident) == ["Rings Ana at +49…001, 1 of 1"]


def test_whoever_presses_1_is_led_to_the_caller_and_has_the_incident(twilio, ana, bo):
    room = twilio.call(make_route(ana, bo)).find("Dial/Conference").text
    run_tasks()

    twiml = twilio.press("1")

    joined = twiml.find("Dial/Conference")
    assert (joined.text, joined.get("startConferenceOnEnter")) == (room, "true")
    incident = Incident.objects.get()
    assert (incident.status, incident.assignee) == ("acknowledged", ana)
    assert lines(incident)[-1] == "Ana accepted the call by a key"
    twilio.ends("completed")
    run_tasks()
    assert twilio.rung == [ANA]
    assert IncomingCall.objects.get().state == "ended"
    assert paged(incident) == []


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
def test_who_does_not_answer_is_followed_by_the_next(twilio, ana, bo, status):
    twilio.call(make_route(ana, bo))
    run_tasks()

    twilio.ends(status)
    run_tasks()

    assert twilio.rung == [ANA, BO]
    assert lines(Incident.objects.get()) == [
        "Rings Ana at +49…001, 1 of 2",
        f"Ana did not accept: {status}",
        "Rings Bo at +49…002, 2 of 2",
    ]


@pytest.mark.parametrize("key", ["", "2", "7"])
def test_a_mailbox_that_answers_takes_no_call(twilio, ana, bo, key):
    twilio.call(make_route(ana, bo))
    run_tasks()

    twiml = twilio.press(key)
    twilio.ends("completed")
    run_tasks()

    assert [one.tag for one in twiml] == ["Say", "Hangup"]
    assert twilio.rung == [ANA, BO]
    assert "Ana did not accept: no key was pressed" in lines(Incident.objects.get())


def test_after_the_last_the_caller_leaves_a_message_and_people_are_paged(twilio, ana):
    twilio.call(make_route(ana))
    run_tasks()

    twilio.ends("no-answer")
    run_tasks()

    form = next(form for where, form in twilio.asked if where == "Calls/CA1.json")
    assert '<Record maxLength="120" playBeep="true"' in form["Twiml"]
    incident = Incident.objects.get()
    assert incident.suppressed_reason == ""
    assert paged(incident) == ["Ana"]
    assert lines(incident)[-1] == "Nobody accepted: the caller is asked for a message"


def leave_message(twilio, ana):
    route = make_route(ana)
    twilio.call(route)
    run_tasks()
    twilio.ends("no-answer")
    run_tasks()
    call = IncomingCall.objects.get()
    url = f"{route.url}{call.pk}/message/"
    recorded = f"{twilio.server.url.removesuffix('/hook/t0ken')}/2010-04-01/Recordings/RE1"
    fields = {"CallSid": "CA1", "RecordingUrl": recorded, "RecordingDuration": "23"}
    twilio.post(url, **fields)
    return call, url, fields


def test_a_message_is_on_the_timeline_once_with_its_transcript(twilio, ana):
    _, url, fields = leave_message(twilio, ana)
    twilio.post(url, **fields)

    twilio.post(url, CallSid="CA1", TranscriptionText="The shop is down.")

    assert lines(Incident.objects.get())[-2:] == [
        "The caller left a message of 23 s",
        "The message as the provider heard it: The shop is down.",
    ]
    call = IncomingCall.objects.get()
    assert (call.state, call.recording_s) == ("ended", 23)


def test_who_hangs_up_early_is_not_lost(twilio, ana, bo):
    twilio.call(make_route(ana, bo))
    run_tasks()
    call = IncomingCall.objects.get()
    url = f"{call.route.url}{call.pk}/caller/"

    twilio.post(url, CallSid="CA1", StatusCallbackEvent="participant-leave")
    run_tasks()

    incident = Incident.objects.get()
    assert lines(incident)[-1] == "The caller hung up before anybody accepted"
    assert paged(incident) == ["Ana"]
    assert ("Calls/CAleg1.json", {"Status": "completed"}) in twilio.asked
    assert [one.tag for one in twilio.press("1")] == ["Say", "Hangup"]
    incident.refresh_from_db()
    assert incident.status == "open"


def test_that_somebody_else_leaves_the_room_does_not_end_the_call(twilio, ana):
    twilio.call(make_route(ana))
    run_tasks()
    call = IncomingCall.objects.get()

    url = f"{call.route.url}{call.pk}/caller/"
    twilio.post(url, CallSid="CAleg1", StatusCallbackEvent="participant-leave")

    call.refresh_from_db()
    assert call.state == "ringing"


def test_a_number_that_twilio_refuses_is_passed_over(twilio, ana, bo):
    twilio.refuses = {ANA}

    twilio.call(make_route(ana, bo))
    run_tasks()

    assert twilio.rung == [ANA, BO]
    assert lines(Incident.objects.get())[1] == (
        "That call could not be made: Twilio: No such number. (21211)"
    )


def test_a_schedule_rings_whoever_is_on_call_in_it(twilio, ana):
    twilio.call(make_scheduled_route(ana))
    run_tasks()

    assert twilio.rung == [ANA]


def test_a_number_for_text_messages_is_rung_where_there_is_none_for_calls(twilio, bo):
    person = make_user("Cy")
    make_phone(person, "+4915100000003", channel="sms")
    make_phone(bo, BO, channel="sms")

    twilio.call(make_route(person, bo))
    run_tasks()
    twilio.ends("busy")
    run_tasks()
    twilio.ends("busy")
    run_tasks()

    assert twilio.rung == ["+4915100000003", BO]


def test_where_nobody_has_a_number_the_caller_is_asked_for_a_message_at_once(twilio):
    twilio.call(make_route(make_user("Dee")))
    run_tasks()

    assert twilio.rung == []
    assert [where for where, _ in twilio.asked] == ["Calls/CA1.json"]
    assert paged(Incident.objects.get()) == ["Dee"]
