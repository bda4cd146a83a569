"""What is wrong with a policy, worked out from values alone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.findings import Moment, PolicyCheck, StepMoment, defects_of
from escalation.coverage.sentences import cost, spell_spans
from escalation.plans.plan import Plan, PlanStep

ANA, BO, CY, DI = 1, 2, 3, 4
ALL = frozenset({"email", "sms"})
START = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp())  # Monday 09:00 in Berlin
DAY_S, WEEK_S = 86_400, 7 * 86_400
END = START + 30 * DAY_S
BERLIN = ZoneInfo("Europe/Berlin")


def check(*moments, reach=None, plan=None):
    """The defects of a policy whose steps tell these people, each moment an hour."""
    steps = tuple(PlanStep(wait_s=300) for _ in moments[0])
    found = [
        Moment(START + n * 3600, START + (n + 1) * 3600, tuple(map(step, one)))
        for n, one in enumerate(moments)
    ]
    reach = reach or {}
    policy = PolicyCheck(
        7,
        plan or Plan(steps=steps, pause_s=600),
        lambda person, position, urgent: frozenset(reach.get(person, ALL)),
        ALL,
    )
    return defects_of(policy.findings(found))


def step(told):
    people = told if isinstance(told, tuple) else (told,)
    return StepMoment(tuple(one for one in people if one and one != "channel"), "channel" in people)


def kinds(defects):
    return {one.finding.kind: one.finding.level for one in defects}


def test_where_all_is_well_nothing_is_found():
    assert check([ANA, BO], [BO, CY]) == []


def test_nobody_at_any_step_is_red_and_has_its_hours():
    (defect,) = [d for d in check([ANA, BO], [(), ()], [BO, CY]) if d.finding.kind == "nobody"]

    assert defect.finding.level == DefectLevel.RED
    assert defect.spans == [(START + 3600, START + 7200)]


def test_a_policy_without_steps_tells_nobody():
    policy = PolicyCheck(7, Plan(), lambda *_: ALL, ALL)

    (found,) = policy.findings([Moment(START, END, ())])

    assert found.kind == DefectKind.NOBODY


def test_who_cannot_be_reached_is_as_nobody():
    found = kinds(check([ANA, BO], reach={ANA: (), BO: ()}))

    assert found[DefectKind.NOBODY] == DefectLevel.RED


def test_a_shared_channel_is_somebody():
    assert DefectKind.NOBODY not in kinds(check([(), "channel"]))


def test_an_empty_first_step_says_who_is_first():
    (defect,) = check([(), (BO, CY)], [ANA, (BO, CY)])

    assert (defect.finding.kind, defect.finding.level) == ("first_step_empty", "amber")
    assert defect.finding.facts == {"step": 2, "people": [BO, CY]}
    assert defect.spans == [(START, START + 3600)]


@pytest.mark.parametrize(
    ("channels", "steps", "level"),
    [
        ((), [ANA, BO], "amber"),
        (("email",), [ANA, BO], "amber"),
        (("email",), [ANA], "red"),
        (("email",), [(ANA, "channel")], "amber"),
        (("email", "sms"), [ANA, BO], None),
    ],
)
def test_who_is_hard_to_reach_is_red_where_they_are_alone(channels, steps, level):
    found = kinds(check(steps, reach={ANA: channels}))

    assert found.get(DefectKind.WEAK_CONTACT) == level


def test_mail_is_enough_where_there_is_nothing_else():
    plan = Plan(steps=(PlanStep(), PlanStep()))
    mail = frozenset({"email"})
    policy = PolicyCheck(7, plan, lambda *_: mail, mail)

    assert list(policy.findings([Moment(START, END, (step(ANA), step(BO)))])) == []


@pytest.mark.parametrize(("channels", "is_found"), [((), True), (("email",), False)])
def test_mail_is_enough_for_low_urgency_whose_own_rules_are_asked(channels, is_found):
    asked = []

    def reach(person, position, urgent):
        asked.append(urgent)
        return frozenset(channels) if person == ANA else ALL

    plan = Plan(steps=(PlanStep(), PlanStep()))
    policy = PolicyCheck(7, plan, reach, ALL, "low")
    found = list(policy.findings([Moment(START, END, (step(ANA), step(BO)))]))

    assert (DefectKind.WEAK_CONTACT in {one.kind for one in found}) is is_found
    assert set(asked) == {False}


def test_a_step_that_tells_the_same_again_says_how_long_nobody_else_is_asked():
    plan = Plan(steps=(PlanStep(), PlanStep(wait_s=300), PlanStep(wait_s=600)))
    (defect,) = check([(ANA, BO), ANA, CY], plan=plan)

    assert defect.finding.kind == DefectKind.SAME_PERSON
    assert cost("same_person", defect.finding.facts) == "Nobody else is asked for 15 min."


@pytest.mark.parametrize("second", [(ANA, CY), (ANA, "channel"), CY])
def test_a_step_that_asks_somebody_else_as_well_is_none(second):
    assert DefectKind.SAME_PERSON not in kinds(check([ANA, second]))


def test_one_person_for_everything_is_said_once():
    defects = check([ANA], [ANA])

    assert [(one.finding.kind, one.spans) for one in defects] == [
        ("one_person", [(START, START + 7200)])
    ]


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        ([(START, START + 3600)], "Mon 2 Mar 09:00–10:00"),
        ([(START, START + DAY_S)], "Mon 2 Mar 09:00 – Tue 3 Mar 09:00"),
        ([(START, START + 60), (END, END + 1)], "Mon 2 Mar 09:00–09:01 and 1 more time"),
        ([(START, START + 1), (END, END), (END, END)], "Mon 2 Mar 09:00–09:00 and 2 more times"),
        ([(START, END)], "the next 30 days"),
    ],
)
def test_spans_are_read_as_people_write_them(spans, text):
    assert spell_spans(spans, BERLIN) == text
