"""What other readers read goes the same way: here PagerDuty, whose routing keys stay."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from escalation.actions.reminders import reminders_of
from escalation.models import Policy, Reminder, RoundRobin, Schedule
from incidents.models import Service, User
from integrations.importers.convert import step_notes
from integrations.importers.neutral import Policy as NeutralPolicy
from integrations.importers.neutral import PolicyStep, Target
from integrations.importers.plan import Here
from integrations.models import Integration
from integrations.setup.imports import runs
from integrations.setup.imports.context import Context
from integrations.setup.imports.steps import steps_of
from tests.api import make_person
from tests.factories import make_user
from tests.integrations.importers.pagerduty_account import HOURS, RAISE, SAMPLE
from tests.integrations.importing import files
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
SERVICE = {
    "id": "PSVC1",
    "name": "Payments",
    "escalation_policy": {"id": "PEP1", "type": "escalation_policy_reference"},
    "integrations": [
        {
            "id": "PINT1",
            "type": "events_api_v2_inbound_integration",
            "name": "Prometheus",
            "integration_key": ROUTING_KEY,
        },
        {"id": "PINT2", "type": "generic_email_inbound_integration", "name": "Mail"},
    ],
}


def imported(**changed):
    by = make_person("Owner")
    document = {**copy.deepcopy(SAMPLE), "services": [SERVICE], **changed}
    run = runs.start_run("pagerduty", "export.zip", files(export=document), by=by)
    assert runs.apply_now(run, by=by)
    run.refresh_from_db()
    return run


def row_of(run, kind, number):
    return next(row for row in run.report if (row["kind"], row["id"]) == (kind, number))


def test_each_hand_off_rule_is_a_reminder_by_its_channel():
    rules = [(180, "SMS"), (180, "MAIL"), (0, "MAIL"), (1440, "PUSH"), (30_000, "SMS")]
    methods = [
        ("SMS", "sms_contact_method", "+15551234567"),
        ("MAIL", "email_contact_method", "a@x.example"),
    ]
    reminded, *others = copy.deepcopy(SAMPLE["users"])
    reminded["contact_methods"] = [
        {"id": id_, "type": kind, "address": address} for id_, kind, address in methods
    ]
    reminded["oncall_handoff_notification_rules"] = [
        {
            "notify_advance_in_minutes": minutes,
            "handoff_type": "oncall",
            "contact_method": {"id": id_},
        }
        for minutes, id_ in rules
    ]
    run = imported(users=[reminded, *others])

    user = User.objects.get(email=reminded["email"])
    assert reminders_of(user) == [(0, "email"), (180, "sms"), (1440, "email")]
    said = row_of(run, "person", reminded["id"])["sentences"]
    assert "The first 3 reminders are taken." in said
    assert set(Reminder.objects.values_list("user", flat=True)) == {user.pk}


def test_the_settings_of_a_service_are_those_there_until_they_are_changed_here():
    there = {
        **SERVICE,
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": 14_400,
        "incident_urgency_rule": {
            "type": "use_support_hours",
            "during_support_hours": {"type": "constant", "urgency": "high"},
            "outside_support_hours": {"type": "constant", "urgency": "low"},
        },
        "support_hours": HOURS,
        "scheduled_actions": [RAISE],
    }
    other = {**SERVICE, "id": "PSVC2", "name": "Search", "integrations": []}
    imported(services=[there, other])

    row = Service.objects.get(name="Payments")
    row.full_clean()
    at_noon = datetime(2026, 3, 20, 17, 0, tzinfo=UTC)  # 13:00 in New York, a Friday
    at_night = at_noon + timedelta(hours=6)
    assert (row.urgency_for("info", at_noon), row.urgency_for("critical", at_night)) == (
        "high",
        "low",
    )
    assert row.raise_at_opening
    assert (row.acknowledgement_expires_minutes, row.auto_resolve_minutes) == (30, 240)
    assert Policy.objects.get(name="Payments").acknowledgement_expires_minutes is None

    changed = {**there, "auto_resolve_timeout": None, "support_hours": None}
    again = imported(services=[changed, other])
    assert row_of(again, "service", "PSVC1")["verdict"] == "changed"
    row.refresh_from_db()
    assert (row.auto_resolve_minutes, row.support_hours) == (None, [])

    Service.objects.filter(pk=row.pk).update(raise_at_opening=False)
    again = imported(services=[there, other])
    (question,) = row_of(again, "service", "PSVC1")["questions"]
    assert question["chosen"] == "no"


def test_the_schedule_is_proved_and_the_policy_waits_as_there():
    run = imported()

    (proof,) = run.proof
    assert proof["verdict"] == "identical for 4,800 minutes"
    policy = Policy.objects.get(name="Payments")
    assert [step.wait_seconds for step in policy.steps.all()] == [0, 300]
    assert (policy.repeats, policy.pause_seconds) == (2, 900)
    ranks = [layer["rank"] for layer in Schedule.objects.get().versions.get().definition["layers"]]
    assert sorted(ranks) == [1, 2]


def test_the_routing_key_opens_the_events_api(client):
    imported()
    event = {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "payload": {"summary": "Disk full", "source": "db1", "severity": "critical"},
    }

    answer = client.post("/v2/enqueue", event, content_type="application/json")

    assert answer.status_code == 202
    work()
    assert log() == ["Mapped (opened)"]


def test_an_address_for_mails_is_a_new_one():
    run = imported()

    mail = Integration.objects.get(kind="email")
    assert mail.mailbox.startswith("payments-mail-")
    assert "another one" in row_of(run, "integration", "PINT2")["sentences"][-1]


def test_what_several_take_turns_at_is_a_round_robin_that_keeps_its_turn():
    run = imported()

    assert row_of(run, "policy", "PEP1")["verdict"] == "new"
    ring = RoundRobin.objects.get()
    assert ring.name == "Payments, step 2"
    assert [str(entry) for entry in ring.entries.all()] == ["Cy", "Di"]
    ring.next_index = 1
    ring.save()
    policies = copy.deepcopy(SAMPLE["escalation_policies"])
    policies[0]["num_loops"] = 4

    imported(escalation_policies=policies)

    assert Policy.objects.get().repeats == 4
    assert RoundRobin.objects.get().next_index == 1


def test_a_step_that_tells_a_stakeholder_needs_somebody():
    make_person("Stakeholder", email="cy@shop.example", name="Cy")

    policies = copy.deepcopy(SAMPLE["escalation_policies"])
    policies[0]["escalation_rules"][1]["escalation_rule_assignment_strategy"] = None
    run = imported(escalation_policies=policies, schedules=[])

    row = row_of(run, "policy", "PEP1")
    assert row["verdict"] == "needs_you"
    assert "Cy is a Stakeholder" in row["sentences"][-1]


def test_a_ring_that_begins_elsewhere_is_turned_until_the_same_person_is_first():
    schedule = copy.deepcopy(SAMPLE["schedules"][0])
    schedule["schedule_layers"][1]["users"] = [
        {"user": {"id": person}} for person in ("PBO", "PCY", "PANA")
    ]

    run = imported(schedules=[schedule])

    assert run.turns == {"PSHOP01": {"PL1": 2}}
    assert run.proof[0]["is_identical"]
    asked = row_of(run, "schedule", "PSHOP01")["questions"]
    assert [question["choice"] for question in asked] == ["turn:PSHOP01"]


def test_somebody_of_the_source_who_is_here_under_another_address_is_pointed_out():
    other = make_user("Ana")
    document = copy.deepcopy(SAMPLE)
    document["users"] = document["users"][1:]
    by = make_person("Owner")
    run = runs.start_run("pagerduty", "export.zip", files(export=document), by=by)
    runs.choose(run, {"person:PANA": other.email})
    run.refresh_from_db()

    runs.apply_now(run, by=by)

    layers = Schedule.objects.get().versions.get().definition["layers"]
    assert other.pk in [slot[0] for layer in layers for slot in layer["ring"]]
    run.refresh_from_db()
    assert run.proof[0]["is_identical"]


def test_conditions_of_steps_are_kept_and_those_that_cannot_be_are_named():
    hours = {"field": "hours", "operator": "within", "value": "mon-sun 08:00-18:00 UTC"}
    odd = {"field": "weather", "operator": "is", "value": "rain"}
    target = Target(kind="recipient_teams", role="primary")
    step = PolicyStep(wait_s=60, targets=(target,), conditions=({**hours, "waits": True}, odd))
    policy = NeutralPolicy(id="1", name="p", steps=(step,))

    (found,) = steps_of(policy, Policy(name="p"), Context(make_user(), "GoAlert"))
    (said,) = step_notes(policy, {}.get, Here(channels=frozenset()))

    assert (found["when"], found["waits_for_hours"]) == ([hours], True)
    assert "weather" in said
