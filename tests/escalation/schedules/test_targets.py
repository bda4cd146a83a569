"""A step tells whoever is on call in a schedule at the moment at which it is taken."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from escalation.actions import schedules
from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.actions.start import open_incident
from escalation.choices import TargetKind
from escalation.models import Target
from escalation.plans.plan import Plan, PlanStep, PlanTarget
from escalation.policies.directory import Directory
from escalation.schedules.definition import Definition, Layer, Unit, parse_wall
from tests.factories import make_policy, make_service, make_team, make_user

pytestmark = pytest.mark.django_db
WEEK = timedelta(weeks=1)


def weekly(*ring, **fields):
    anchor = parse_wall("2026-03-02T09:00")
    slots = tuple((person.pk,) for person in ring)
    layer = Layer("weekly", "Weekly", anchor=anchor, ring=slots, unit=Unit.WEEK, **fields)
    return Definition("Europe/Berlin", (layer,))


def people(plan, at=None):
    return [user for user, _ in Directory([plan], at).people(plan.steps[0].targets[0], plan)]


def plan_of(kind, number, role=""):
    return Plan(steps=(PlanStep(targets=(PlanTarget(kind, number, role),)),))


def test_the_person_changes_with_the_hand_over_in_the_zone_of_the_schedule():
    ana, bo = make_user("Ana"), make_user("Bo")
    schedule = schedules.add_schedule(weekly(ana, bo), name="Payments")
    plan = plan_of(TargetKind.SCHEDULE, schedule.pk)
    change = datetime.fromisoformat("2026-03-30T07:00+00:00")  # 09:00 CEST, 167 hours after.

    assert people(plan, change - timedelta(seconds=1)) == [bo.pk]
    assert people(plan, change) == [ana.pk]


def test_a_role_of_the_schedule_is_told_alone():
    ana, bo = make_user("Ana"), make_user("Bo")
    schedule = schedules.add_schedule(weekly(ana, bo, secondaries=1), name="Payments")
    at = datetime.fromisoformat("2026-03-03T12:00+00:00")

    assert people(plan_of(TargetKind.SCHEDULE, schedule.pk), at) == [ana.pk, bo.pk]
    assert people(plan_of(TargetKind.SCHEDULE, schedule.pk, "secondary"), at) == [bo.pk]


def test_a_schedule_answers_for_the_role_of_its_team():
    ana, bo, cy = make_user("Ana"), make_user("Bo"), make_user("Cy")
    team = make_team(cy)
    plan = plan_of(TargetKind.TEAM_ROLE, team.pk, "primary")
    assert people(plan) == [cy.pk]

    schedules.add_schedule(weekly(ana, bo), name="Payments", team=team, role="primary")
    at = datetime.fromisoformat("2026-03-03T12:00+00:00")

    assert people(plan, at) == [ana.pk]
    assert people(plan_of(TargetKind.TEAM_ROLE, team.pk, "manager"), at) == []


def test_whoever_was_switched_off_is_not_on_call_from_that_moment():
    ana = make_user("Ana")
    schedule = schedules.add_schedule(weekly(ana), name="Payments")
    plan = plan_of(TargetKind.SCHEDULE, schedule.pk)
    before = timezone.now()
    assert people(plan, before) == [ana.pk]

    type(ana).objects.filter(pk=ana.pk).update(is_active=False)
    later = timezone.now() + timedelta(seconds=2)
    assert people(plan, later) == []
    assert people(plan, before - timedelta(minutes=1)) == [ana.pk]

    ana.is_active = True
    ana.save()
    assert people(plan, timezone.now() + timedelta(seconds=2)) == [ana.pk]


def test_an_incident_pages_whoever_is_on_call_now_by_override():
    ana, bo = make_user("Ana"), make_user("Bo")
    schedule = schedules.add_schedule(weekly(ana), name="Payments")
    now = timezone.now()
    draft = OverrideDraft(people=[bo], span=Span(now, now + timedelta(hours=1)))
    add_override(schedule, draft)
    policy = make_policy([])
    Target.objects.create(step=policy.steps.get(), kind=TargetKind.SCHEDULE, schedule=schedule)

    incident = open_incident(make_service(policy), "Down")

    assert {row.user for row in incident.notifications.all()} == {bo}
    assert "on call in Payments" in incident.notifications.first().reason


def test_a_schedule_in_which_nobody_is_on_call_pages_nobody_but_the_next_step():
    ana, bo = make_user("Ana"), make_user("Bo")
    never = weekly(ana, ends=parse_wall("2026-03-03T09:00"), starts=parse_wall("2026-03-02T09:00"))
    schedule = schedules.add_schedule(never, name="Payments")
    policy = make_policy([], [bo])
    first = policy.steps.first()
    Target.objects.create(step=first, kind=TargetKind.SCHEDULE, schedule=schedule)

    incident = open_incident(make_service(policy), "Down")

    assert {row.user for row in incident.notifications.all()} == {bo}
    assert incident.timeline.filter(text__icontains="nobody").exists()
