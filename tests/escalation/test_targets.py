"""Round robins, the shifts before and after, and teams within teams, as runs take them."""

from datetime import UTC, datetime

import pytest

from escalation.actions.start import open_incident
from escalation.choices import TargetKind
from escalation.models import Target
from escalation.plans.plan import Plan, PlanStep, PlanTarget
from escalation.policies.directory import Directory
from escalation.policies.plan_builder import plan_of_policy
from tests.escalation.policies import pass_time, people, policy_of, told
from tests.factories import (
    make_absence,
    make_policy,
    make_round_robin,
    make_schedule,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_each_incident_asks_the_next_one():
    service = make_service(policy_of(make_round_robin(*people())))

    found = [told(open_incident(service, "Down")) for _ in range(4)]

    assert found == [["Ana"], ["Bo"], ["Cy"], ["Ana"]]


def test_the_timeline_says_whose_turn_it_was_and_who_is_next():
    ring = make_round_robin(*people(), next_index=1)

    incident = open_incident(make_service(policy_of(ring)), "Down")

    line = incident.timeline.get(verb="paged")
    assert line.text == f"Step 1: round robin {ring}: Bo (2 of 3), next Cy"


def test_retries_ask_the_same_and_a_repeat_asks_the_next_one():
    policy = policy_of(make_round_robin(*people()), repeats=1)
    policy.steps.update(retries=1, retry_seconds=60)
    incident = open_incident(make_service(policy), "Down")

    pass_time(incident)
    assert told(incident) == ["Ana", "Ana"]
    pass_time(incident)
    assert told(incident) == ["Ana", "Ana", "Bo"]


def test_a_repeat_may_ask_the_same():
    ring = make_round_robin(*people(), new_person_each_repeat=False)
    incident = open_incident(make_service(policy_of(ring, repeats=1)), "Down")

    pass_time(incident)

    assert told(incident) == ["Ana", "Ana"]
    ring.refresh_from_db()
    assert ring.next_index == 1


def test_the_next_one_may_be_asked_after_some_minutes_each_once():
    ring = make_round_robin(*people(), ask_next_after_minutes=3, next_index=2)
    incident = open_incident(make_service(policy_of(ring, make_user("Di"))), "Down")
    run = incident.runs.get()

    assert [step.wait_s for step in run.plan.steps] == [0, 180, 180, 300]
    for _ in range(3):
        pass_time(incident)
    assert told(incident) == ["Cy", "Ana", "Bo", "Di"]
    ring.refresh_from_db()
    assert ring.next_index == 0


def test_whoever_is_away_is_skipped_and_their_cover_is_asked():
    ana, bo, cy = people()
    di = make_user("Di")
    make_absence(ana, hours=(-1, 2))
    make_absence(bo, di, hours=(-1, 2))
    service = make_service(policy_of(make_round_robin(ana, bo, cy)))

    assert [told(open_incident(service, "Down")) for _ in range(2)] == [["Di"], ["Cy"]]
    ana.absences.all().delete()
    assert told(open_incident(service, "Down")) == ["Ana"]


def test_a_schedule_in_a_round_robin_asks_whoever_is_on_call():
    ana, bo, _ = people()
    service = make_service(policy_of(make_round_robin(make_schedule(bo), ana)))

    assert [told(open_incident(service, "Down")) for _ in range(2)] == [["Bo"], ["Ana"]]


def test_a_round_robin_of_nobody_goes_on_to_the_next_step():
    gone = make_user("Gone", is_active=False)
    service = make_service(policy_of(make_round_robin(gone), make_user("Bo")))

    assert told(open_incident(service, "Down")) == ["Bo"]


def test_a_policy_without_a_round_robin_asks_nothing_of_them(django_assert_max_num_queries):
    plan = plan_of_policy(make_policy(make_user()))

    with django_assert_max_num_queries(0):
        Directory([plan])


def test_the_shifts_before_and_after_are_those_of_other_people():
    ana, bo, cy = people()
    schedule = make_schedule(ana, bo, cy)
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)  # The second week: Bo.

    def who(kind):
        plan = Plan(steps=(PlanStep(targets=(PlanTarget(kind, schedule.pk),)),))
        return [user for user, _ in Directory([plan], at).people(plan.steps[0].targets[0], plan)]

    assert who(TargetKind.SCHEDULE) == [bo.pk]
    assert who(TargetKind.SCHEDULE_NEXT) == [cy.pk]
    assert who(TargetKind.SCHEDULE_PREVIOUS) == [ana.pk]


def test_a_schedule_of_one_person_has_nobody_before_or_after():
    schedule = make_schedule(make_user("Ana"))
    for kind in (TargetKind.SCHEDULE_NEXT, TargetKind.SCHEDULE_PREVIOUS):
        plan = Plan(steps=(PlanStep(targets=(PlanTarget(kind, schedule.pk),)),))
        assert Directory([plan]).people(plan.steps[0].targets[0], plan) == []


def team_plan(kind, team, role=""):
    return Plan(steps=(PlanStep(targets=(PlanTarget(kind, team.pk, role),)),))


def of_team(kind, team, role=""):
    plan = team_plan(kind, team, role)
    return [user for user, _ in Directory([plan]).people(plan.steps[0].targets[0], plan)]


def test_a_team_within_a_team_is_told_with_it():
    ana, bo, cy = people()
    outer, middle, inner = make_team(ana), make_team(bo), make_team(cy)
    outer.subteams.add(middle)
    middle.subteams.add(inner)

    assert of_team(TargetKind.TEAM, outer) == [ana.pk, bo.pk, cy.pk]
    assert of_team(TargetKind.TEAM_ROLE, outer, "primary") == [ana.pk, bo.pk, cy.pk]
    assert of_team(TargetKind.TEAM_ROLE, outer, "manager") == []


def test_a_team_within_a_team_answers_by_its_own_schedule():
    ana, bo, cy = people()
    outer, inner = make_team(ana), make_team(bo)
    outer.subteams.add(inner)
    make_schedule(cy, team=inner, role="primary")

    assert of_team(TargetKind.TEAM_ROLE, outer, "primary") == [ana.pk, cy.pk]


def test_teams_that_hold_each_other_by_accident_end():
    ana, bo, _ = people()
    one, other = make_team(ana), make_team(bo)
    one.subteams.add(other)
    other.subteams.add(one)

    assert of_team(TargetKind.TEAM, one) == [ana.pk, bo.pk]


def test_members_are_told_one_after_another():
    ana, bo, cy = people()
    policy = make_policy([])
    policy.steps.update(member_wait_seconds=120)
    Target.objects.create(step=policy.steps.get(), kind="team", team=make_team(ana, bo, cy))

    incident = open_incident(make_service(policy), "Down")

    rows = incident.notifications.filter(channel="email").order_by("due_at")
    first = rows[0].due_at
    gaps = [(str(row.user), (row.due_at - first).total_seconds()) for row in rows]
    assert gaps == [("Ana", 0), ("Bo", 120), ("Cy", 240)]
    assert "2 min later" in rows[1].reason
