"""Why was I (not) paged: a sentence for each kind of target."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions.start import open_incident
from escalation.choices import TargetKind
from escalation.models import Override, Target
from escalation.on_call.schedule_explanations import spell
from escalation.policies.recipients import Recipients
from tests.escalation.why import ask, at, incident_of, split, told
from tests.factories import (
    make_absence,
    make_override,
    make_policy,
    make_round_robin,
    make_schedule,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return make_user("Ana"), make_user("Bo"), make_user("Cy")


def test_what_was_entered_after_a_step_changes_no_answer_about_it(people):
    schedule = make_schedule(*people, name="Payments")
    present, others = split(schedule, people)
    incident = incident_of(kind=TargetKind.SCHEDULE_NEXT, schedule=schedule)
    follows = told(incident, others)
    (third,) = [person for person in others if person != follows]
    make_override(schedule, third)
    Override.objects.update(made_at=timezone.now() + timedelta(seconds=10))

    assert f"It told: {follows}, next on call in Payments" in ask(incident, present)[1]
    assert f"It told: {follows}, next on call in Payments" in ask(incident, third)[1]


def test_of_whoever_is_next_it_says_who_that_was_and_when_it_is_ones_turn(people):
    schedule = make_schedule(*people, name="Payments")
    present, others = split(schedule, people)
    incident = incident_of(kind=TargetKind.SCHEDULE_NEXT, schedule=schedule)
    follows = told(incident, others)
    (last,) = [person for person in others if person != follows]

    assert "By Email it is to go out" in ask(incident, follows)[0]
    assert ask(incident, present)[0].endswith(
        f"Step 1 did not mean {present} {at(incident)}. It told: {follows}, next on call in"
        f" Payments, where {present} was on call at that time."
    )
    text = ask(incident, last)[0]
    assert f"It told: {follows}, next on call in Payments; {last} is on call from " in text


def test_of_whoever_was_before_it_says_who_that_was(people):
    schedule = make_schedule(*people, name="Payments")
    present, others = split(schedule, people)
    incident = incident_of(kind=TargetKind.SCHEDULE_PREVIOUS, schedule=schedule)
    before = told(incident, others)

    assert (
        f"It told: {before}, on call before in Payments, where {present} was"
        in (ask(incident, present)[0])
    )


def test_whoever_is_in_no_such_schedule_is_named_by_no_step(people):
    schedule, di = make_schedule(*people[:2], name="Payments"), make_user("Di")
    for kind in (TargetKind.SCHEDULE_NEXT, TargetKind.SCHEDULE_PREVIOUS):
        incident = incident_of(name=kind, kind=kind, schedule=schedule)
        assert ask(incident, di)[0].endswith(f": No step of {kind} names Di.")


def test_of_a_round_robin_it_says_whose_turn_it_was_then(people):
    ring = make_round_robin(*people)
    incident = incident_of(kind="round_robin", round_robin=ring)
    open_incident(incident.service, "Down too")  # The turns go on, and the answer stays.

    assert ask(incident, people[1])[0].endswith(
        f"It told: round robin {ring}: Ana (1 of 3), next Bo; it was not the turn of Bo."
    )


def test_of_a_round_robin_whoever_was_away_hears_until_when_and_who_said_so(people):
    ring = make_round_robin(*people)
    away = make_absence(people[0], hours=(-1, 2))
    incident = incident_of(kind="round_robin", round_robin=ring)

    text = ask(incident, people[0])[0]

    until, made = (spell(one, people[0].zone) for one in (away.ends_at, away.made_at))
    assert f"It told: round robin {ring}: Bo (2 of 3), next Cy" in text
    assert text.endswith(
        f"; Ana was away until {until} (entered, {made}), and is asked first afterwards."
    )


def test_whoever_is_switched_off_or_in_no_round_robin_is_told_apart(people):
    gone = make_user("Gone", is_active=False)
    ring = make_round_robin(gone, people[1])
    incident = incident_of(kind="round_robin", round_robin=ring)

    assert "Gone could not be asked" in ask(incident, gone)[0]
    assert ask(incident, people[2])[0].endswith(": No step of Standard names Cy.")


def test_a_team_within_a_team_is_named_with_it(people):
    outer, inner = make_team(people[0]), make_team(people[1], is_primary=False, is_secondary=True)
    outer.subteams.add(inner)
    role = {"kind": "team_role", "team": outer, "role": "primary"}
    incident = incident_of(**role)

    assert ask(incident, people[1])[0].endswith(
        f"It told: primary of {outer}, and of {inner} within it, which Bo is not."
    )
    assert ask(incident, people[2])[0].endswith(": No step of Standard names Cy.")


def test_a_team_within_a_team_answers_by_its_schedule(people):
    ana, bo, cy = people
    outer, inner = make_team(ana), make_team(bo)
    outer.subteams.add(inner)
    make_schedule(cy, name="Cards", team=inner, role="primary")
    incident = incident_of(kind="team_role", team=outer, role="primary")

    text = ask(incident, bo)[0]

    assert f"primary of {outer}, which Bo is not; whoever is on call in Cards; Bo is not on" in text


def test_the_recipients_of_the_integration_belong_to_the_first_step(people):
    ana, bo, _ = people
    policy = make_policy(ana, name="Standard")
    team = make_team(bo, is_primary=False, is_manager=True)
    incident = open_incident(make_service(policy), "Down", recipients=Recipients(teams=[team]))

    assert (
        f"recipient group of the integration: primary of {team}, which Bo is not"
        in (ask(incident, bo)[1])
    )


def test_recipient_teams_are_named_or_said_to_be_none(people):
    ana, bo, _ = people
    team = make_team(ana)
    team.subteams.add(make_team(bo, is_primary=False))
    policy = make_policy([], name="Standard")
    Target.objects.create(step=policy.steps.get(), kind="recipient_teams", role="secondary")
    service = make_service(policy)
    named = open_incident(service, "Down", recipients=Recipients(teams=[team]))
    none = open_incident(service, "Down too", recipients=Recipients(users=[ana]))

    inner = team.subteams.get()
    said = f"It told: of the recipient teams: secondary of {team}, and of {inner} within it, which"
    assert said in ask(named, bo)[1]
    assert ask(none, bo)[0].endswith(": No step of Standard names Bo.")
    assert (
        "the recipient teams of the integration, which names none; Ana, recipients of"
        in (ask(none, bo)[1])
    )


def test_what_was_deleted_since_is_said_to_be_gone(people):
    ana, bo, cy = people
    team, gone = make_team(ana), make_user("Di")
    policy = make_policy([gone, cy], name="Standard")
    Target.objects.create(step=policy.steps.get(), kind="team", team=team)
    incident = open_incident(make_service(policy), "Down")
    team.delete()
    gone.delete()

    text = ask(incident, bo)[1]

    assert "It told: somebody who is gone; Cy; everybody of a team that is gone, which Bo" in text


def test_a_role_of_the_next_ones_is_said(people):
    schedule = make_schedule(*people, name="Payments")
    present, _ = split(schedule, people)
    incident = incident_of(kind="schedule_next", schedule=schedule, role="secondary")

    assert (
        "It told: nobody, secondary next on call in Payments, where " in (ask(incident, present)[0])
    )
