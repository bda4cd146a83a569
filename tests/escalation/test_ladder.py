"""The ladder tells beforehand what the run does."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from escalation.actions.start import open_incident
from escalation.models import Target
from escalation.policies.ladder import LadderBuilder, ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case
from tests.escalation.policies import condition, policy_of
from tests.factories import (
    add_step,
    make_catch_all,
    make_method,
    make_policy,
    make_round_robin,
    make_rule,
    make_schedule,
    make_service,
    make_shared_channel,
    make_user,
)
from tests.timers import advance_due

pytestmark = pytest.mark.django_db
SUNDAY_2_AM = datetime(2026, 3, 15, 2, tzinfo=UTC)


def seconds(ladder):
    return [(rung.at - ladder.began_at).total_seconds() for rung in ladder.rungs]


def names(ladder):
    return [[one.name for one in rung.told] for rung in ladder.rungs]


def ladder(policy, **case):
    return ladder_of(plan_of_policy(policy), Case(**{"at": SUNDAY_2_AM, **case}))


def test_each_rung_has_its_time_and_its_people():
    policy = make_policy(make_user("Ana"), make_user("Bo"), pause_seconds=900)
    policy.steps.filter(position=0).update(retries=1, retry_seconds=120)
    make_catch_all(make_user("Last"))

    found = ladder(policy)

    assert seconds(found) == [0, 120, 300, 1200]
    assert names(found) == [["Ana"], ["Ana"], ["Bo"], ["Last"]]
    assert [rung.name for rung in found.rungs][1] == "Step 1, again 1 of 1"
    assert (found.silence_s, found.people, found.lasts_s) == (0, 3, 1200)


def test_it_tells_by_what_and_when_people_have_asked_for_it():
    ana = make_user("Ana")
    make_rule(make_method(ana, "email"), after_minutes=3)
    make_rule(make_method(ana, "email"), urgency="low")
    policy = make_policy(ana)

    high, low = ladder(policy), ladder(policy, urgency="low")

    assert [(way.channel, way.at - SUNDAY_2_AM) for way in high.rungs[0].told[0].ways] == [
        ("email", timedelta(minutes=3))
    ]
    assert high.silence_s == 180
    assert low.silence_s == 0


def test_quiet_hours_move_what_is_not_urgent():
    ana = make_user("Ana", email=False)
    method = make_method(ana, "email")
    method.quiet_from, method.quiet_until = time(22), time(7)
    method.save()

    assert ladder(make_policy(ana)).silence_s == 0
    [way] = ladder(make_policy(ana), urgency="low").rungs[0].told[0].ways
    assert (way.is_late, way.at) == (True, SUNDAY_2_AM.replace(hour=7))


def test_the_channels_of_a_step_are_those_of_everybody():
    policy = make_policy(make_user("Ana"))
    policy.steps.update(step_channels=[{"channel": "email", "after_minutes": 5}])

    assert ladder(policy).silence_s == 300


def test_a_hand_over_in_between_changes_who_is_told():
    ana, bo = make_user("Ana"), make_user("Bo")
    policy = make_policy([])
    Target.objects.create(step=policy.steps.get(), kind="schedule", schedule=make_schedule(ana, bo))
    policy.steps.update(retries=1, retry_seconds=600)
    before = datetime(2026, 3, 16, 7, 55, tzinfo=UTC)  # 08:55 in Berlin, the change is at 09:00.

    assert names(ladder(policy, at=before))[:2] == [["Bo"], ["Ana"]]


def test_conditions_are_asked_at_their_time():
    policy = make_policy(make_user("Ana"), make_user("Bo"), make_user("Cy"))
    policy.steps.filter(position=0).update(when=condition("severity", "at_least", "critical"))
    policy.steps.filter(position=1).update(
        when=condition("hours", "within", "daily 04:00-06:00 UTC"), waits_for_hours=True
    )

    found = ladder(policy, severity="error")

    assert [rung.state for rung in found.rungs] == ["skipped", "waits", "told", "told", "end"]
    assert seconds(found)[:3] == [0, 0, 7200]


def test_whoever_cannot_be_told_is_named():
    nobody = make_user("Mute", email=False)
    found = ladder(make_policy(nobody))

    assert [rung.state for rung in found.rungs] == ["nobody", "end"]
    assert (found.unreachable, found.ends_in_silence, found.silence_s) == (["Mute"], True, None)


def test_without_an_address_the_login_is_told():
    ana = make_user("Ana")
    ana.contact_methods.all().delete()

    [told] = ladder(make_policy(ana)).rungs[0].told

    assert [way.channel for way in told.ways] == ["email"]
    assert not ana.contact_methods.exists()


def test_shared_channels_are_rungs_too():
    channel = make_shared_channel(name="Ops room")

    assert names(ladder(make_policy(channel)))[0] == ["Ops room"]


def test_round_robins_go_round_without_taking_a_turn():
    ring = make_round_robin(make_user("Ana"), make_user("Bo"), ask_next_after_minutes=2)

    found = ladder(policy_of(ring, repeats=1))

    assert names(found) == [["Ana"], ["Bo"], ["Bo"], ["Ana"], []]
    ring.refresh_from_db()
    assert ring.next_index == 0


def test_the_run_does_what_the_ladder_told():
    ana, bo, cy = make_user("Ana"), make_user("Bo"), make_user("Cy")
    policy = policy_of(make_round_robin(ana, bo, cy), bo, repeats=2, pause_seconds=60)
    add_step(policy, cy, wait=120, when=condition("urgency", "is", "low"))
    policy.steps.filter(position=0).update(retries=2, retry_seconds=90)
    add_step(policy, ana, wait=30, retries=1, retry_seconds=40)
    make_catch_all(ana)
    now = timezone.now()
    told = LadderBuilder([plan_of_policy(policy)], now, now).ladder(
        plan_of_policy(policy), Case(now)
    )

    incident = open_incident(make_service(policy), "Down")
    began = incident.runs.get().started_at
    while (at := incident.runs.get().next_step_at) is not None:
        advance_due(at)

    lines = incident.timeline.filter(verb__in=["paged", "no_recipient", "step_skipped"])
    people = {user.pk: str(user) for user in (ana, bo, cy)}
    ran = [[people[pk] for pk in line.facts.get("users", [])] for line in lines.order_by("pk")]
    assert ran == names(told)
    pages = incident.notifications.filter(channel="email").order_by("due_at", "pk")
    due = sorted({round((row.due_at - began).total_seconds()) for row in pages})
    reached = [rung for rung in told.rungs if rung.is_reached]
    assert due == sorted({round((rung.at - told.began_at).total_seconds()) for rung in reached})


def office_service(policy, **fields):
    rows = [{"days": ["mon"], "start": "08:00", "end": "18:00"}]
    return make_service(policy, support_hours=rows, support_time_zone="UTC", **fields)


def test_low_urgency_waits_for_the_support_hours_of_its_service():
    policy = make_policy(make_user("Ana"))
    service = office_service(policy)

    low, high = (ladder(policy, urgency=one, service=service) for one in ("low", "high"))

    assert [rung.state for rung in low.rungs] == ["waits", "told", "end"]
    assert (low.silence_s, high.silence_s) == (30 * 3600, 0)


def test_a_step_within_the_support_hours_of_the_service_runs_as_it_was_told():
    policy = make_policy(make_user("Ana"), make_user("Bo"))
    policy.steps.filter(position=0).update(when=condition("hours", "outside", "service"))
    always, office = make_service(policy), office_service(policy)

    told = ladder(policy, service=office)
    assert [rung.state for rung in told.rungs] == ["told", "told", "end"]
    told = ladder(policy, service=always)
    assert [rung.state for rung in told.rungs] == ["skipped", "told", "end"]

    incident = open_incident(always, "Down")
    assert incident.timeline.filter(verb="step_skipped").exists()
