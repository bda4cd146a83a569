"""Chains of Grafana OnCall, and the urgency that they mean."""

import pytest

from integrations.importers.neutral import (
    Person,
    Policy,
    Service,
)
from tests.integrations.importers.oncall_installation import ON_CALL, chain, read, wait
from tests.integrations.importing import every, only, texts


def test_waits_add_up_before_the_step_that_tells_somebody():
    export = chain(
        ON_CALL,
        wait(300),
        {"type": "resolve"},
        wait("00:15:00"),
        {"type": "notify_persons", "persons_to_notify": ["UCY", "UDI"]},
        wait(60),
        {
            "type": "notify_person_next_each_time",
            "persons_to_notify_next_each_time": ["UDI", "UANA"],
        },
        {"type": "notify_team_members", "team_to_notify": "T1"},
        wait(600),
        {"type": "repeat_escalation"},
        {"type": "notify_persons", "persons_to_notify": ["UBO"]},
    )

    policy = only(export, Policy)
    assert [step.wait_s for step in policy.steps] == [0, 1200, 60, 0]
    assert [[(t.kind, t.id) for t in step.targets] for step in policy.steps] == [
        [("schedule", "SPAY")],
        [("user", "UCY"), ("user", "UDI")],
        [("round_robin", "")],
        [("team", "T1")],
    ]
    assert policy.steps[2].targets[0].ids == (("user", "UANA"), ("user", "UDI"))
    assert (policy.repeats, policy.pause_s, policy.team) == (5, 600, "T1")
    assert "Resolving by itself" in texts(policy)
    assert "never reached" in texts(policy)


@pytest.mark.parametrize(
    "kind", ["notify_whole_channel", "trigger_webhook", "declare_incident", "conjure"]
)
def test_a_step_without_a_counterpart_is_left_out_with_a_reason(kind):
    policy = only(chain(ON_CALL, {"type": kind}), Policy)

    assert len(policy.steps) == 1
    assert policy.notes[0].kind == "not_taken"


def test_a_user_group_of_slack_asks_for_a_team():
    step = {"type": "notify_user_group", "group_to_notify": "G1"}
    teams = [{"id": "T1", "name": "Payments"}]

    asked = only(chain(step, teams=teams), Policy)
    chosen = only(chain(step, teams=teams, choices={"grafana_oncall.group.G1": "team:T1"}), Policy)

    assert asked.steps == ()
    assert asked.notes[0].options == (
        ("leave", "Leave the step out"),
        ("team:T1", "Tell the team Payments"),
    )
    assert not asked.notes[0].has_default
    assert [(t.kind, t.id) for t in chosen.steps[0].targets] == [("team", "T1")]


def test_hours_are_a_condition_of_all_steps_after_and_ask_for_their_zone():
    hours = {
        "type": "notify_if_time_from_to",
        "notify_if_time_from": "08:00:00Z",
        "notify_if_time_to": "18:00:00Z",
    }

    utc = only(chain(ON_CALL, hours, ON_CALL, wait(60), ON_CALL), Policy)
    berlin = only(
        chain(hours, ON_CALL, choices={"grafana_oncall.zone_of_hours": "Europe/Berlin"}), Policy
    )

    condition = {
        "field": "hours",
        "operator": "within",
        "value": "mon-sun 08:00-18:00 UTC",
        "waits": True,
    }
    assert [step.conditions for step in utc.steps] == [(), (condition,), (condition,)]
    assert utc.notes[0].choice == "grafana_oncall.zone_of_hours"
    assert berlin.steps[0].conditions[0]["value"] == "mon-sun 08:00-18:00 Europe/Berlin"


def test_important_steps_decide_about_the_rules_of_people():
    rules = [
        {
            "id": "N1",
            "user_id": "UANA",
            "position": 0,
            "important": False,
            "type": "notify_by_email",
        },
        {
            "id": "N2",
            "user_id": "UANA",
            "position": 1,
            "important": True,
            "type": "wait",
            "duration": 300,
        },
        {
            "id": "N3",
            "user_id": "UANA",
            "position": 2,
            "important": True,
            "type": "notify_by_email",
        },
        {"id": "N4", "user_id": "UANA", "position": 3, "important": True, "type": "notify_by_sms"},
    ]

    def found(export):
        person = only(export, Person, "UANA")
        return [(r.urgency, r.after_s, r.contact_method) for r in person.rules], texts(person)

    default, why = found(chain(ON_CALL, personal_notification_rules=rules))
    important, missing = found(
        chain({**ON_CALL, "important": True}, personal_notification_rules=rules)
    )

    assert default == [("high", 0, "UANA:email"), ("low", 0, "UANA:email")]
    assert "important rules are left out" in why
    assert important == [("high", 300, "UANA:email"), ("low", 0, "UANA:email")]
    assert "notify by sms is left out: no number" in missing


@pytest.mark.parametrize(
    ("steps", "others", "urgency"),
    [
        ([True, True], [False], {"urgency_rule": "high"}),
        ([False, False], [True], {"urgency_rule": "low"}),
        ([False, True], [], {}),
        ([False], [False], {}),
        ([], [True], {}),
    ],
)
def test_a_service_has_the_urgency_whose_rules_its_steps_use(steps, others, urgency):
    def rows(chain_id, importances):
        return [
            {**ON_CALL, "id": f"{chain_id}{n}", "escalation_chain_id": chain_id, "important": one}
            for n, one in enumerate(importances)
        ]

    integration = {
        "id": "I1",
        "name": "Alerts",
        "type": "webhook",
        "default_route": {"escalation_chain_id": "F1"},
    }
    export = read(
        escalation_chains=[{"id": "F1", "name": "One"}, {"id": "F2", "name": "Two"}],
        escalation_policies=[*rows("F1", steps), *rows("F2", others)],
        integrations=[integration],
    )

    service = only(export, Service)
    assert service.settings == urgency
    assert ("urgency" in texts(service)) is bool(urgency)


@pytest.mark.parametrize("value", ["25:00:00Z", "9", "08:60", None])
def test_hours_that_are_none_are_named(value):
    hours = {
        "type": "notify_if_time_from_to",
        "notify_if_time_from": value,
        "notify_if_time_to": "18:00:00Z",
    }

    export = chain(hours, ON_CALL)

    assert every(export, Policy) == []
    assert "notify_if_time_from is" in export.problems[0]
