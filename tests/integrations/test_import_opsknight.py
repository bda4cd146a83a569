"""OpsKnight's tables: policies, people, services; bad input."""

import copy
import json

import pytest

from integrations.importers import opsknight
from integrations.importers.files import files_of
from integrations.importers.neutral import (
    ContactMethod,
    Integration,
    Other,
    Person,
    Policy,
    Schedule,
    Service,
    Team,
)
from tests.integrations.importers.opsknight_tables import SAMPLE, override, read
from tests.integrations.importing import NOW, calendar, every, files, only, texts


def test_steps_wait_before_they_tell():
    policy = only(read(), Policy)

    assert [step.wait_s for step in policy.steps] == [0, 600]
    assert policy.repeats == 0
    assert [(t.kind, t.id, t.role) for step in policy.steps for t in step.targets] == [
        ("schedule", "cs1", ""),
        ("team_role", "t1", "primary"),
    ]
    assert [step.channels for step in policy.steps] == [(), ("email", "sms")]


def test_rules_without_their_policy_are_a_policy():
    export = read(EscalationPolicy=[])

    assert only(export, Policy).name == "Policy ep1"


def test_people_are_told_as_their_flags_say():
    def found(**fields):
        export = read(User=[{**SAMPLE["User"][0], "emailNotificationsEnabled": False, **fields}])
        person = only(export, Person)
        rules = [(rule.urgency, rule.contact_method.partition(":")[2]) for rule in person.rules]
        return rules, texts(person), [one.value for one in every(export, ContactMethod)]

    assert found()[0] == [("high", "email"), ("low", "email")]
    assert "by nothing but its own page" in found()[1]
    both, said, values = found(
        smsNotificationsEnabled="t", emailNotificationsEnabled=1, phoneNumber="+49 151-1"
    )
    assert both == [("high", "sms"), ("high", "email"), ("low", "sms")]
    assert (said, values) == ("", ["ana@shop.example", "+491511"])
    assert "names no country" in found(phoneNumber="5551234567")[1]
    assert "told by push is left out" in found(pushNotificationsEnabled=True)[1]


@pytest.mark.parametrize(
    ("fields", "active", "admin"),
    [
        ({}, True, False),
        ({"status": "Disabled"}, False, False),
        ({"status": "INVITED", "role": "admin"}, True, True),
        ({"status": None}, True, False),
    ],
)
def test_the_status_and_role_of_people(fields, active, admin):
    person = only(read(User=[{**SAMPLE["User"][0], **fields}]), Person)

    assert (person.is_active, person.is_admin) == (active, admin)


def test_roles_of_a_team():
    members = [
        {**one, "receiveTeamNotifications": one["userId"] != "ana"} for one in SAMPLE["TeamMember"]
    ]

    team, quiet = only(read(), Team), only(read(TeamMember=members), Team)

    assert {one.person: one.roles for one in team.members} == {
        "ana": ("manager",),
        "bo": (),
        "cy": ("primary", "manager"),
    }
    assert {one.person: one.roles for one in quiet.members}["ana"] == ()
    assert "do not want" in texts(quiet)


def test_services_and_integrations():
    export = read()

    service, integration = only(export, Service), only(export, Integration)
    assert service.settings == {"acknowledge_within_minutes": 5, "resolve_within_minutes": 120}
    assert (service.team, service.policy) == ("t1", "ep1")
    assert (integration.template, integration.key) == ("alertmanager", "secretkey")
    assert (integration.service, integration.policy, integration.is_enabled) == ("s1", "ep1", False)
    assert "secretkey" not in repr(export)


@pytest.mark.parametrize("table", ["WebhookIntegration", "StatusPage", "IncidentTemplate"])
def test_what_has_no_counterpart_is_listed(table):
    assert only(read(**{table: [{"id": "x", "name": "X"}]}), Other).notes[0].text


def test_what_belongs_to_no_schedule_is_listed():
    export = read(OnCallOverride=[override(scheduleId="gone")])

    assert only(export, Other).id == "co9"


def copy_block(table, rows):
    columns = list(rows[0])
    lines = ["\t".join(_copied(row.get(column)) for column in columns) for row in rows]
    named = ", ".join(f'"{column}"' for column in columns)
    return "\n".join([f'COPY public."{table}" ({named}) FROM stdin;', *lines, "\\.", ""])


def _copied(value):
    match value:
        case None:
            return "\\N"
        case bool():
            return "t" if value else "f"
        case list():
            return "{" + ",".join(value) + "}"
        case dict():
            return json.dumps(value)
    return str(value)


def test_a_dump_of_postgresql_says_the_same():
    targets = {"targetTeamId": None, "targetScheduleId": None, "targetUserId": None}
    rules = [{**targets, **rule} for rule in SAMPLE["EscalationRule"]]
    dump = "\n".join(
        copy_block(table, rules if table == "EscalationRule" else rows)
        for table, rows in SAMPLE.items()
    )

    export = opsknight.read(
        files_of({"backup.sql": "SET x;\n" + dump + copy_block("Session", [{"id": "1"}])}), {}, NOW
    )

    assert export.problems == ()
    assert calendar(export, "03-25 16:00", "03-31 00:00") == calendar(
        read(), "03-25 16:00", "03-31 00:00"
    )
    assert only(export, Policy).steps == only(read(), Policy).steps
    assert only(export, Integration).is_enabled is False


def test_a_file_for_each_table_says_the_same():
    export = opsknight.read(files(**SAMPLE), {}, NOW)

    assert export.problems == ()
    assert calendar(export, "03-25 16:00", "03-31 00:00") == calendar(
        read(), "03-25 16:00", "03-31 00:00"
    )


@pytest.mark.parametrize("table", sorted(set(SAMPLE) - {"OnCallOverride"}))
@pytest.mark.parametrize("content", [None, "text", 7, [None]])
def test_a_table_that_is_missing_or_broken_is_a_sentence_and_the_rest_is_read(table, content):
    documents = {key: SAMPLE[key] for key in SAMPLE if key != table}
    if content is not None:
        documents[table] = content

    export = opsknight.read(files(**documents), {}, NOW)

    assert any(table.lower() in problem.lower() for problem in export.problems)
    assert len(every(export, Person)) == (0 if table == "User" else 4)
    assert len(every(export, Schedule)) == (0 if table == "OnCallSchedule" else 1)


@pytest.mark.parametrize(
    ("table", "field", "value", "sentence"),
    [
        ("OnCallLayer", "start", None, "OnCallLayer[0].start is missing."),
        ("OnCallLayer", "start", "x", "start is 'x', no time such as"),
        ("OnCallLayer", "end", "2026-01-01T00:00:00", "end is not after its start."),
        ("OnCallLayer", "rotationLengthHours", 0, "is 0, and not 1 to 8784."),
        ("OnCallLayer", "rotationLengthHours", "1.5", "no whole number."),
        ("OnCallLayer", "restrictions", "[1]", "restrictions is '[1]', no object."),
        ("OnCallLayer", "restrictions", {"startHour": 24}, "startHour is 24, and not 0 to 23."),
        (
            "OnCallLayer",
            "restrictions",
            {"daysOfWeek": [9]},
            "daysOfWeek.day is 9, and not 0 to 7.",
        ),
        ("OnCallLayer", "restrictions", {"daysOfWeek": 5}, "daysOfWeek is 5, no list of days."),
        ("OnCallSchedule", "timeZone", "Mars", "timeZone is 'Mars', no IANA time zone."),
        ("OnCallOverride", "end", "2026-03-25T18:00:00", "end is not after its start."),
        (
            "EscalationRule",
            "targetType",
            "ROBOT",
            "targetType is 'ROBOT', none of USER, TEAM, SCHEDULE.",
        ),
        ("EscalationRule", "targetTeamId", None, "targetTeamId is missing."),
        ("EscalationRule", "delayMinutes", -1, "delayMinutes is -1, and not 0 to 43200."),
        ("User", "email", None, "User[0].email is missing."),
        ("Service", "targetAckMinutes", "soon", "targetAckMinutes is 'soon', no whole number."),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_read(table, field, value, sentence):
    rows = copy.deepcopy(SAMPLE[table])
    rows[0][field] = value

    export = read(**{table: rows})

    assert len(export.problems) == 1
    assert export.problems[0].startswith("dump.json: ")
    assert sentence in export.problems[0]
    assert only(export, Other).notes[0].text == export.problems[0]
