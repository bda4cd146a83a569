"""PagerDuty's documents: people, teams, policies; bad input."""

import copy

import pytest

from integrations.importers import pagerduty
from integrations.importers.neutral import (
    ContactMethod,
    Other,
    Person,
    Policy,
    Schedule,
    Team,
)
from tests.integrations.importers.pagerduty_account import SAMPLE, read, schedule_with, service
from tests.integrations.importing import NOW, every, files, only, texts


def test_a_delay_is_how_long_a_level_is_waited_for():
    policy = only(read(), Policy)

    assert [step.wait_s for step in policy.steps] == [0, 300]
    assert (policy.repeats, policy.pause_s) == (2, 900)
    assert [(t.kind, t.id) for t in policy.steps[0].targets] == [("schedule", "PSHOP01")]
    assert [(t.kind, t.ids) for t in policy.steps[1].targets] == [
        ("round_robin", (("user", "PCY"), ("user", "PDI")))
    ]
    assert "catch-all" in texts(policy)


@pytest.mark.parametrize(
    "strategy", ["round_robin", "Round_Robin", {"type": "round_robin"}, [{"type": "round_robin"}]]
)
def test_the_strategy_of_a_level_in_every_form(strategy):
    policy = copy.deepcopy(SAMPLE["escalation_policies"][0])
    policy["escalation_rules"][1]["escalation_rule_assignment_strategy"] = strategy

    export = read(escalation_policies=[policy])

    assert only(export, Policy).steps[1].targets[0].kind == "round_robin"


@pytest.mark.parametrize(
    "strategy", [None, "assign_to_everyone", {"type": "assign_to_everyone"}, []]
)
def test_a_level_without_a_strategy_tells_everybody(strategy):
    policy = copy.deepcopy(SAMPLE["escalation_policies"][0])
    policy["escalation_rules"][1]["escalation_rule_assignment_strategy"] = strategy

    targets = only(read(escalation_policies=[policy]), Policy).steps[1].targets

    assert [(t.kind, t.id) for t in targets] == [("user", "PCY"), ("user", "PDI")]


def test_contact_methods_rules_and_reminders():
    user = {
        "id": "PANA",
        "name": "Ana",
        "email": "ana@shop.example",
        "role": "Admin",
        "time_zone": None,
        "contact_methods": [
            {"id": "C1", "type": "email_contact_method", "address": "ana@shop.example"},
            {"id": "C2", "type": "phone_contact_method", "country_code": 49, "address": "1511 234"},
            {
                "id": "C3",
                "type": "SMS_contact_method",
                "country_code": "1",
                "address": "5551234567",
            },
            {"id": "C4", "type": "push_notification_contact_method", "address": "device"},
            {"id": "C5", "type": "email_contact_method_reference"},
        ],
        "notification_rules": [
            {
                "id": "R1",
                "start_delay_in_minutes": 0,
                "urgency": "high",
                "contact_method": {"id": "C2"},
            },
            {
                "id": "R2",
                "start_delay_in_minutes": "5",
                "urgency": "LOW",
                "contact_method": {"id": "C1"},
            },
            {
                "id": "R3",
                "start_delay_in_minutes": 5,
                "urgency": "high",
                "contact_method": {"id": "C4"},
            },
            {"id": "R4", "type": "assignment_notification_rule_reference"},
        ],
        "oncall_handoff_notification_rules": [
            {
                "notify_advance_in_minutes": minutes,
                "handoff_type": kind,
                "contact_method": {"id": "C1"},
            }
            for minutes, kind in [
                (180, "both"),
                (0, "oncall"),
                (60, "offcall"),
                (1440, None),
                (30, "both"),
            ]
        ],
    }

    export = read(users=[user])

    person = only(export, Person)
    assert person.is_admin
    assert person.zone == ""
    assert person.reminders == ((0, "email"), (30, "email"), (180, "email"))
    assert [(r.urgency, r.after_s, r.contact_method) for r in person.rules] == [
        ("high", 0, "C2"),
        ("low", 300, "C1"),
    ]
    assert [(c.channel, c.value) for c in every(export, ContactMethod)] == [
        ("email", "ana@shop.example"),
        ("voice", "+491511234"),
        ("sms", "+15551234567"),
    ]
    assert only(export, Other).what == "contact method"
    assert "by C4" in texts(person)


def test_teams_have_the_members_of_both_lists():
    users = [{**user, "teams": [{"id": "T1"}]} for user in SAMPLE["users"][:2]]
    members = {"T1": [{"user": {"id": "PBO"}, "role": "manager"}, {"user": {"id": "PCY"}}]}

    export = read(users=users, teams=[{"id": "T1", "name": "Payments"}], members=members)

    assert [(m.person, m.roles) for m in only(export, Team).members] == [
        ("PBO", ("manager",)),
        ("PCY", ()),
        ("PANA", ()),
    ]


@pytest.mark.parametrize(
    "name", ["response_plays", "event_orchestrations", "business_services", "maintenance_windows"]
)
def test_what_has_no_counterpart_is_listed_with_a_reason(name):
    export = read(**{name: [{"id": "X1", "name": "Something"}]})

    other = only(export, Other)
    assert (other.name, export.problems) == ("Something", ())
    assert other.notes[0].text


@pytest.mark.parametrize("name", ["users", "teams", "schedules", "escalation_policies", "services"])
@pytest.mark.parametrize("content", [None, "text", 7, [None], [7, "x"]])
def test_a_list_that_is_missing_or_broken_is_a_sentence_and_the_rest_is_read(name, content):
    documents = {key: SAMPLE[key] for key in SAMPLE if key != name}
    if content is not None:
        documents[name] = content

    export = pagerduty.read(files(**documents), {}, NOW)

    assert export.problems
    assert name.split("_")[-1] in export.problems[0]
    assert len(every(export, Person)) == (0 if name == "users" else 4)
    assert len(every(export, Policy)) == (0 if name == "escalation_policies" else 1)
    assert len(every(export, Schedule)) == (0 if name == "schedules" else 1)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("schedules", 0, "id"), None, "schedules[0].id is missing."),
        (("schedules", 0, "schedule_layers", 1, "start"), "soon", "start is 'soon', no time"),
        (("schedules", 0, "schedule_layers", 1, "start"), "2026-03-02T09:00", None),
        (
            ("schedules", 0, "schedule_layers", 1, "rotation_turn_length_seconds"),
            0,
            "is 0, and not",
        ),
        (
            ("schedules", 0, "schedule_layers", 1, "rotation_turn_length_seconds"),
            "x",
            "no whole number",
        ),
        (("schedules", 0, "schedule_layers", 1, "users"), {"a": 1}, "users is no list"),
        (
            ("schedules", 0, "schedule_layers", 0, "restrictions", 0, "start_day_of_week"),
            8,
            "is 8, and not 1 to 7",
        ),
        (
            ("schedules", 0, "schedule_layers", 0, "restrictions", 0, "start_time_of_day"),
            "25:00",
            "no time of a day",
        ),
        (
            ("schedules", 0, "schedule_layers"),
            None,
            "schedule_layers is missing: export each schedule",
        ),
        (("escalation_policies", 0, "num_loops"), -1, "num_loops is -1, and not 0 to 50"),
        (
            ("escalation_policies", 0, "escalation_rules", 0, "escalation_delay_in_minutes"),
            True,
            "no whole number",
        ),
        (("escalation_policies", 0, "name"), ["x"], "name is ['x'], no text"),
        (
            ("services", 0),
            {"id": "S", "name": "S", "acknowledgement_timeout": "x", "escalation_policy": "PEP1"},
            "no whole number",
        ),
        (("users", 0, "email"), "", "users[0].email is missing."),
        (("overrides", "PSHOP01", 0, "end"), "2026-03-25T18:00:00Z", "end is not after its start"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_read(path, value, sentence):
    content = copy.deepcopy(SAMPLE)
    content["services"] = [service()]
    place = content
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value

    export = read(content)

    if sentence is None:
        assert export.problems == ()
        return
    assert len(export.problems) == 1
    assert export.problems[0].startswith("export.json: ")
    assert sentence in export.problems[0]
    assert export.problems[0] in [one.notes[0].text for one in every(export, Other)]


def test_an_object_that_is_there_twice_is_taken_once():
    export = read(users=[*SAMPLE["users"], SAMPLE["users"][0]])

    assert export.problems == ("The person PANA is there twice: the first counts.",)
    assert len(every(export, Person)) == 4


def test_a_fingerprint_does_not_change_with_the_time_of_the_export():
    later = schedule_with(final_schedule={"rendered_schedule_entries": []})

    assert only(read(schedules=[later]), Schedule).document == only(read(), Schedule).document


def test_a_policy_without_levels_is_read():
    export = read(escalation_policies=[{"id": "P", "name": "Empty", "escalation_rules": []}])

    assert (export.problems, only(export, Policy).steps) == ((), ())


@pytest.mark.parametrize(
    ("address", "country", "number"),
    [
        ("1511 234", 49, "+491511234"),
        ("(555) 123-4567", "1", "+15551234567"),
        ("1511234", "+49", "+491511234"),
        ("+49 1511 234", 49, "+491511234"),
        ("+49 1511 234", None, "+491511234"),
        ("1511234", None, "1511234"),
    ],
)
def test_telephone_numbers(address, country, number):
    method = {"id": "C", "type": "sms_contact_method", "address": address, "country_code": country}
    user = {**SAMPLE["users"][0], "contact_methods": [method]}

    assert only(read(users=[user]), ContactMethod).value == number
