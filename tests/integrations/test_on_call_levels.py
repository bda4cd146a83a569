"""Who is on call on each level of a policy, as PagerDuty's ``/oncalls`` lists it."""

from datetime import UTC, datetime

from escalation.choices import TargetKind
from escalation.models import Schedule, Target
from escalation.on_call.lookup import on_call_at
from tests.factories import make_absence, make_policy, make_round_robin, make_team, make_user
from tests.integrations.on_call import AT, CHANGE
from tests.rows import each


def oncalls(client, key, **query):
    answer = client.get("/oncalls", query, headers={"Authorization": f"Token token={key}"})
    assert answer.status_code == 200, answer.content
    found = answer.json()["oncalls"]
    return [(one["user"]["summary"], one["escalation_level"], one["start"]) for one in found]


def test_pagerduty_lists_each_level_of_a_policy_with_its_shift(client, key, rota):
    schedule, _, bo = rota
    di = make_user("Di")
    policy = make_policy([], [di], name="Payments")
    Target.objects.create(step=policy.steps.first(), kind=TargetKind.SCHEDULE, schedule=schedule)

    assert oncalls(client, key, since=AT, until=AT) == [
        ("Ana", 1, "2026-03-23T08:00:00Z"),
        ("Di", 2, None),
    ]
    both = oncalls(client, key, since=AT, until="2026-03-30T09:00:00+02:00")
    assert both == [("Ana", 1, "2026-03-23T08:00:00Z"), ("Di", 2, None)]  # The end is not in it.
    later = oncalls(client, key, since=AT, until="2026-03-30T08:00:00Z")
    assert ("Bo", 1, CHANGE) in later
    assert len(later) == 3
    only = oncalls(client, key, since=AT, until=AT, **{"schedule_ids[]": schedule.pk})
    assert [name for name, *_ in only] == ["Ana"]
    assert oncalls(client, key, since=AT, until=AT, **{"user_ids[]": bo.pk}) == []
    assert len(oncalls(client, key, **{"escalation_policy_ids[]": policy.pk})) == 2


def test_a_schedule_that_no_policy_tells_is_not_left_out(client, key, rota):
    answer = client.get("/oncalls", headers={"Authorization": f"Token token={key}"})

    (only,) = answer.json()["oncalls"]
    assert only["schedule"]["summary"] == "Payments"
    assert only["escalation_policy"] is None


def test_a_switched_off_person_is_on_call_on_no_level(client, key):
    make_policy(make_user("Di", is_active=False))

    assert oncalls(client, key) == []


def test_a_policy_that_is_switched_off_has_no_levels(client, key):
    make_policy(make_user("Di"), is_enabled=False)
    make_policy(make_user("Ed"))

    assert oncalls(client, key) == [("Ed", 1, None)]


def levels_of(client, key, *levels, since=AT, until=AT):
    """→ [(name, level, start)] of a policy whose levels tell these targets."""
    policy = make_policy(*([] for _ in levels))
    for step, target in zip(policy.steps.order_by("position"), levels, strict=True):
        Target.objects.create(step=step, **target)
    only = {"escalation_policy_ids[]": policy.pk}
    return oncalls(client, key, since=since, until=until, **only)


def test_a_level_may_be_whoever_is_next_or_was_before(client, key, rota):
    schedule = rota[0]
    following = {"kind": "schedule_next", "schedule": schedule}
    preceding = {"kind": "schedule_previous", "schedule": schedule}

    found = levels_of(client, key, following, preceding)
    assert found == [("Bo", 1, "2026-03-23T08:00:00Z"), ("Bo", 2, "2026-03-23T08:00:00Z")]
    assert levels_of(client, key, following, until="2026-03-30T08:00:00Z") == [
        ("Bo", 1, "2026-03-23T08:00:00Z"),
        ("Ana", 1, CHANGE),
    ]


def test_a_schedule_of_which_only_the_next_one_is_told_keeps_its_own_entry(client, key, rota):
    levels_of(client, key, {"kind": "schedule_next", "schedule": rota[0]})

    found = oncalls(client, key, since=AT, until=AT)
    assert [name for name, *_ in found] == ["Bo", "Ana"]


def test_a_level_of_a_round_robin_is_everybody_who_can_be_asked(client, key, rota):
    schedule, ana, bo = rota
    cy, di, ed = make_user("Cy"), make_user("Di"), make_user("Ed")
    gone = make_user("Gone", is_active=False)
    make_absence(cy, hours=(-1, 2))
    make_absence(di, ed, hours=(-1, 2))
    ring = make_round_robin(schedule, bo, cy, di, gone, ask_next_after_minutes=3)
    now = datetime.now(UTC).isoformat()

    found = levels_of(
        client, key, {"kind": "round_robin", "round_robin": ring}, since=now, until=now
    )

    (present,) = on_call_at(schedule, datetime.now(UTC))[0].people
    expected = {("Bo", 1, None), ("Ed", 1, None)}
    assert {one for one in found if one[2] is None} == expected
    assert [one[0] for one in found if one[2]] == [str(present)]
    assert present in (ana, bo)


def test_a_level_of_a_team_has_the_teams_within_it_and_their_schedules(client, key, rota):
    schedule, cy, di = rota[0], make_user("Cy"), make_user("Di")
    outer, inner, last = make_team(cy), make_team(di, is_primary=False), make_team()
    outer.subteams.add(inner, last)
    Schedule.objects.filter(pk=schedule.pk).update(team=last, role="primary")
    role = {"kind": "team_role", "team": outer, "role": "primary"}

    found = levels_of(client, key, {"kind": "team", "team": outer}, role)

    assert found == [
        ("Cy", 1, None),
        ("Di", 1, None),
        ("Cy", 2, None),
        ("Ana", 2, "2026-03-23T08:00:00Z"),
    ]


@each("query", [{"since": "x"}, {"since": AT, "until": "2026-09-01"}, {"limit": "many"}])
def test_what_pagerduty_refuses(client, key, query):
    answer = client.get("/oncalls", query, headers={"Authorization": f"Token token={key}"})

    assert answer.status_code == 400
    assert answer.json()["error"]["errors"]
