"""Why was I (not) paged: a sentence for each condition, wait, message and request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import add_responders
from escalation.actions.start import open_incident
from escalation.models import Target
from escalation.on_call.schedule_explanations import spell
from escalation.policies.recipients import Recipients
from escalation.why.paged import why_paged
from incidents.actions import respond, responder_requests
from notifications.models import ContactMethod
from tests.api import make_person
from tests.escalation.test_low_urgency import closed_until
from tests.escalation.why import ask, at
from tests.escalation.workflows import make_workflow, run_due
from tests.factories import (
    add_step,
    make_catch_all,
    make_incident,
    make_policy,
    make_round_robin,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
)
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return make_user("Ana"), make_user("Bo"), make_user("Cy")


def condition(field, operator, value):
    return [{"field": field, "operator": operator, "value": value}]


def test_a_skipped_step_says_why_and_when_also_to_whom_it_would_not_have_meant(people):
    ring = make_round_robin(*people)
    policy = make_policy([], name="Standard")
    Target.objects.create(step=policy.steps.get(), kind="round_robin", round_robin=ring)
    policy.steps.update(when=condition("urgency", "is", "low"))
    incident = open_incident(make_service(policy), "Down")
    when = spell(incident.timeline.get(verb="step_skipped").at, people[0].zone)
    why = f"was skipped: only if urgency is low, and it is high ({when})"

    assert ask(incident, people[0])[0].endswith(f": Step 1 names Ana, and {why}.")
    assert f": Step 1 {why}. It would not have meant Bo, but: " in ask(incident, people[1])[0]


def test_a_skip_is_told_as_it_was_when_the_next_repeat_has_come(people):
    di = make_user("Di", email=False)
    policy = make_policy(people[0], people[1], name="Standard", repeats=1)
    policy.steps.filter(position=0).update(when=condition("urgency", "is", "low"))
    incident = open_incident(make_service(policy), "Down", recipients=Recipients([di]))

    assert incident.runs.get().repeat == 1
    assert "Step 1 names Di, and was skipped" in ask(incident, di)[1]


def test_a_step_that_waits_for_its_hours_says_until_when(people):
    day = (timezone.now() + timedelta(days=2)).strftime("%a").lower()
    policy = make_policy(people[0], people[1], name="Standard")
    hours = condition("hours", "within", f"{day} 00:00-24:00 UTC")
    policy.steps.filter(position=1).update(when=hours, waits_for_hours=True)
    incident = open_incident(make_service(policy), "Down")
    advance_due(incident.runs.get().next_step_at)

    opens = incident.runs.get().next_step_at
    assert (
        f"{day} 00:00-24:00 UTC, until {spell(opens, people[1].zone)} ("
        in (ask(incident, people[1])[0])
    )


def test_low_urgency_says_until_when_it_waits_and_later_that_it_did(people):
    service, opens = closed_until(policy=make_policy(people[0], people[1], name="Standard"))
    incident = open_incident(service, "Disk is filling", severity="info")
    since = spell(incident.timeline.get(verb="waits_for_hours").at, people[1].zone)
    until = spell(opens, people[1].zone)

    assert ask(incident, people[1])[0].endswith(
        f": Step 2 names Bo, and was not taken: nobody is told until {until}: its urgency is low,"
        f" and it waits for the support hours of {service} since {since}."
    )
    advance_due(opens)
    over = spell(incident.timeline.get(verb="notifications_resumed").at, people[1].zone)
    said = f"From {since} until {over} nobody was told: low urgency waited for the support hours"
    assert f"{said} of {service}." in ask(incident, people[1])[1]


def test_whoever_has_acknowledged_where_two_have_to_is_left_out_and_hears_it(people):
    ana, bo, cy = people
    policy = make_policy(name="Standard")
    add_step(policy, ana, bo, required_acknowledgements=2)
    add_step(policy, ana, cy, required_acknowledgements=2)
    add_step(policy, cy)
    incident = open_incident(make_service(policy), "Down")
    respond.acknowledge(incident.pk, by=ana)
    acknowledged = spell(incident.timeline.get(verb="acknowledged_in_part").at, ana.zone)
    waiting = ask(incident, cy)[0]
    advance_due(incident.runs.get().next_step_at)

    assert ", as 1 of 2 have acknowledged (Ana)" in waiting
    text = f", who had acknowledged it {acknowledged}, as 1 of 2 who have to."
    assert text in ask(incident, ana)[1]
    assert "Step 2 left Ana out " in ask(incident, ana)[1]


def test_a_private_incident_is_hidden_and_its_channel_has_no_title(people):
    ana, bo, boss = people[0], make_person("Responder", name="Bo"), make_person("Owner", name="Di")
    channel = make_shared_channel(name="Ops")
    policy = make_policy([ana, channel], name="Standard")
    service = make_service(policy, team=make_team(bo))
    incident = open_incident(service, "Intruder", by=boss, is_private=True)
    opened = spell(incident.timeline.get(verb="opened").at, boss.zone)

    found = why_paged(incident, bo, boss)

    said = " ".join(one.text for one in found.reasons)
    assert f"#{incident.pk} is private since {opened}, by Di: Bo does not see it" in said
    assert "the shared channel Ops, which is not told the title of a private incident" in said
    assert "is private" not in ask(incident, ana)[1]


def test_what_a_workflow_told_is_no_page(people):
    ana, bo, _ = people
    incident = open_incident(make_service(make_policy(ana, name="Standard")), "Down")
    action = {"kind": "notify", "subject": "Note", "text": "x", "targets": [f"user:{bo.pk}"]}
    workflow = make_workflow("status", action)
    respond.acknowledge(incident.pk, by=ana)
    run_due(timezone.now())
    incident.notifications.filter(user=bo, channel="email").update(
        state="sent", done_at=incident.opened_at
    )

    text, reasons = ask(incident, bo)

    assert text.endswith(": No step of Standard names Bo.")
    when = spell(incident.opened_at, bo.zone)
    assert f"Bo was told, and not asked to act, {when} by Email (the workflow “{workflow}”)." in (
        reasons
    )


def test_a_request_to_respond_says_who_asked_and_what_was_answered(people):
    ana, bo, cy = people
    ContactMethod.objects.filter(user=cy).update(is_enabled=False)
    incident = make_incident()
    add_responders.ask(incident.pk, users=[bo, cy], message="Please look", by=ana)
    when = spell(incident.responder_requests.first().requested_at, ana.zone)

    said = f"asked Bo to respond {when} (“Please look”): there is no answer yet."
    assert f"Ana {said}" in ask(incident, bo)[1]
    assert ask(incident, cy)[0].endswith(
        f"Ana asked Cy to respond {when} (“Please look”): they have no verified and enabled"
        " address."
    )
    responder_requests.answer(incident.pk, "declined", by=bo)
    answered = spell(incident.responder_requests.get(user=bo).answered_at, bo.zone)
    assert f"(“Please look”): Bo declined {answered}." in ask(incident, bo)[1]


def test_a_workflow_that_asks_for_somebody_is_named(people):
    ana, bo, _ = people
    incident = open_incident(make_service(make_policy(ana)), "Down")
    workflow = make_workflow("status", {"kind": "responders", "targets": [f"user:{bo.pk}"]})
    respond.acknowledge(incident.pk, by=ana)
    run_due(timezone.now())

    assert f"The workflow “{workflow}” asked Bo to respond " in ask(incident, bo)[1]


def test_the_catch_all_is_a_step_like_others(people):
    ana, bo, cy = people
    ContactMethod.objects.filter(user=ana).update(is_enabled=False)
    make_catch_all(ana, bo)
    incident = open_incident(make_service(make_policy(name="Standard")), "Down")

    assert (
        f"The catch-all named Ana {at(incident)}, and they have no verified"
        in (ask(incident, ana)[1])
    )
    assert f"The catch-all, {at(incident)}, does not name Cy." in ask(incident, cy)[1]
    assert "(catch-all: there is no policy that has a step)" in ask(incident, bo)[0]
