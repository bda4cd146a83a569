"""Terraform's view of PagerDuty and Grafana OnCall is read as their documents are."""

import copy

import pytest

from integrations.importers import grafana_oncall, pagerduty
from integrations.importers.neutral import (
    ContactMethod,
    Integration,
    Person,
    Policy,
    Schedule,
    Service,
    Team,
)
from tests.integrations.importers import oncall_installation, pagerduty_account
from tests.integrations.importers.terraform_state import PD, plan, resource, show, state
from tests.integrations.importing import NOW, calendar, every, files, only


@pytest.mark.parametrize("form", [show, state, plan])
def test_pagerduty_as_terraform_keeps_it(form):
    export = pagerduty.read(files(state=form(*copy.deepcopy(PD))), {}, NOW)

    assert export.problems == ()
    schedule, policy = only(export, Schedule), only(export, Policy)
    assert {one["id"]: one["rank"] for one in schedule.layers} == {"PL2": 2, "PL1": 1}
    assert schedule.team == "T1"
    assert calendar(export, "03-30 06:00", "03-30 16:00") == [
        ("03-30 06:00", ["PANA"]),
        ("03-30 07:00", ["PDI"]),
        ("03-30 15:00", ["PBO"]),
    ]
    assert [(step.wait_s, step.targets[0].kind) for step in policy.steps] == [
        (0, "schedule"),
        (300, "round_robin"),
    ]
    assert policy.acknowledgement_expires_minutes == 10
    person = only(export, Person)
    assert [(rule.after_s, rule.contact_method) for rule in person.rules] == [(120, "C1")]
    assert only(export, ContactMethod).value == "+491511"
    assert [member.roles for member in only(export, Team).members] == [("manager",)]
    assert only(export, Service).notes == ()
    assert only(export, Integration).key == "k" * 32
    assert "k" * 32 not in repr(export)


def test_shift_based_schedules_as_terraform_keeps_them():
    event = pagerduty_account.event()
    strategy = event["assignment_strategy"]
    event = {
        **event,
        "start_time": [event["start_time"]],
        "end_time": [event["end_time"]],
        "assignment_strategy": [{**strategy, "members": None, "member": strategy["members"]}],
    }
    schedule = resource(
        "pagerduty_schedulev2",
        id="V3",
        name="Shifts",
        time_zone="Europe/Berlin",
        rotation=[{"id": "R", "event": [event]}],
    )

    export = pagerduty.read(files(state=show(schedule)), {}, NOW)

    assert calendar(export, "03-30 06:59", "03-30 07:01") == [
        ("03-30 06:59", ["ana"]),
        ("03-30 07:00", ["bo"]),
    ]


def test_grafana_oncall_as_terraform_keeps_it():
    sample = oncall_installation.SAMPLE
    rows = [
        *(resource("grafana_oncall_schedule", **one) for one in sample["schedules"]),
        *(
            resource("grafana_oncall_on_call_shift", **{**one, "by_day": one["by_day"] or []})
            for one in sample["on_call_shifts"]
        ),
        resource("grafana_oncall_user", id="UANA", username="ana", email="ana@shop.example"),
        resource("grafana_oncall_escalation_chain", id="F1", name="Payments", team_id=""),
        resource(
            "grafana_oncall_escalation",
            id="E2",
            escalation_chain_id="F1",
            position=1,
            type="wait",
            duration=300,
        ),
        resource(
            "grafana_oncall_escalation",
            id="E1",
            escalation_chain_id="F1",
            position=0,
            type="notify_on_call_from_schedule",
            notify_on_call_from_schedule="SPAY",
        ),
        resource(
            "grafana_oncall_escalation",
            id="E3",
            escalation_chain_id="F1",
            position=2,
            type="notify_persons",
            persons_to_notify=["UCY"],
        ),
        resource(
            "grafana_oncall_integration",
            id="CI",
            name="Alerts",
            type="alertmanager",
            link="https://x/integrations/v1/alertmanager/tokentoken/",
            default_route=[{"id": "R0", "escalation_chain_id": "F1"}],
            templates=[],
        ),
    ]

    export = grafana_oncall.read(files(state=show(*rows)), {})

    assert export.problems == ()
    assert calendar(export, "03-27 16:00", "03-31 00:00") == [
        ("03-27 16:00", ["UANA"]),
        ("03-30 07:00", ["UDI"]),
        ("03-30 15:00", ["UBO"]),
    ]
    assert [step.wait_s for step in only(export, Policy).steps] == [0, 300]
    found = only(export, Integration)
    assert (found.policy, found.key, found.notes) == ("F1", "tokentoken", ())


@pytest.mark.parametrize(
    "document",
    [
        {"terraform_version": "1"},
        {"terraform_version": "1", "values": 7},
        {"terraform_version": "1", "values": {"root_module": {"resources": [7, {"values": None}]}}},
        {"terraform_version": "1", "resources": [{"instances": [{"attributes": 7}, 8]}]},
        show(resource("aws_instance", id="i-1")),
    ],
)
def test_a_state_without_a_pager_says_that_lists_are_missing(document):
    export = pagerduty.read(files(state=document), {}, NOW)

    assert every(export, Schedule) == []
    assert "No list of schedules was found in the files." in export.problems


def test_the_blocks_of_a_service_say_when_its_urgency_is_high():
    side = {"type": "constant", "urgency": "high"}
    rule = {
        "type": "use_support_hours",
        "during_support_hours": [side],
        "outside_support_hours": [{**side, "urgency": "low"}],
    }
    hours = {
        "type": "fixed_time_per_day",
        "time_zone": "America/Lima",
        "start_time": "09:00:00",
        "end_time": "17:00:00",
        "days_of_week": [1, 7],
    }
    opening = {"type": "named_time", "name": "support_hours_start"}
    service = resource(
        "pagerduty_service",
        id="S1",
        name="Shop",
        escalation_policy="PEP1",
        incident_urgency_rule=[rule],
        support_hours=[hours],
        scheduled_actions=[{"type": "urgency_change", "to_urgency": "high", "at": [opening]}],
    )

    export = pagerduty.read(files(state=show(service)), {}, NOW)

    settings = only(export, Service).settings
    assert (settings["urgency_inside"], settings["urgency_outside"]) == ("high", "low")
    assert settings["support_hours"] == [{"days": ["mon", "sun"], "start": "09:00", "end": "17:00"}]
    assert (settings["support_time_zone"], settings["raise_at_opening"]) == ("America/Lima", True)
