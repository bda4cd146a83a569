"""Grafana OnCall's documents: people, calendars, integrations; bad input."""

import json

import pytest

from integrations.importers import grafana_oncall
from integrations.importers.neutral import (
    ContactMethod,
    Integration,
    Other,
    Person,
    Schedule,
    Service,
    Team,
)
from tests.integrations.importers.oncall_installation import OFFICE, SAMPLE, read, rolling, shifts
from tests.integrations.importing import every, files, only, texts


def test_a_calendar_is_a_layer_with_its_address_and_the_address_is_no_part_of_the_fingerprint():
    schedule = {
        "id": "SI",
        "name": "Feed",
        "type": "ical",
        "ical_url_primary": "https://cal.example/secret1",
        "ical_url_overrides": "https://cal.example/secret2",
    }

    found = only(read(schedules=[schedule]), Schedule)

    assert [(one["id"], one["calendar"], one["rank"]) for one in found.layers] == [
        ("SI-calendar", True, 1),
        ("SI-overrides", True, 1000),
    ]
    assert found.calendars == {
        "SI-calendar": "https://cal.example/secret1",
        "SI-overrides": "https://cal.example/secret2",
    }
    assert "secret" not in json.dumps(found.document)


def test_what_belongs_to_no_schedule_is_listed():
    swap = {**SAMPLE["shift_swaps"][0], "schedule": "GONE"}

    export = read(
        shift_swaps=[swap], on_call_shifts=[*SAMPLE["on_call_shifts"], rolling(id="LOST")]
    )

    assert {one.id for one in every(export, Other)} == {"SSR1", "LOST"}


def test_people_teams_and_a_zone_that_nobody_knows():
    users = [
        {
            "id": "U1",
            "username": "ana",
            "email": "ana@x.example",
            "role": "ADMIN",
            "timezone": "Mars/Base",
            "teams": ["T1"],
        }
    ]

    export = read(users=users, teams=[{"id": "T1", "name": "Payments", "members": None}])

    person = only(export, Person)
    assert (person.is_admin, person.zone, person.is_active) == (True, "", True)
    assert "Mars/Base" in texts(person)
    assert [m.person for m in only(export, Team).members] == ["U1"]
    assert only(export, ContactMethod).value == "ana@x.example"


def test_integrations_keep_the_token_of_their_address():
    integration = {
        "id": "CI",
        "name": "Grafana",
        "type": "grafana_alerting",
        "link": "https://oncall.example/integrations/v1/alertmanager/tokentoken/",
        "team_id": "T1",
        "templates": {"grouping_key": "{{ payload }}"},
        "default_route": {"id": "R0", "escalation_chain_id": "F1"},
    }
    routes = [
        {
            "id": "R1",
            "integration_id": "CI",
            "routing_regex": "critical",
            "is_the_last_route": False,
        },
        {
            "id": "R0",
            "integration_id": "CI",
            "escalation_chain_id": "F1",
            "is_the_last_route": True,
        },
    ]

    export = read(integrations=[integration], routes=routes)

    found = only(export, Integration)
    assert (found.key, found.policy, found.service) == ("tokentoken", "F1", "integration:CI")
    assert "tokentoken" not in repr(export)
    assert "Jinja" in texts(found)
    assert only(export, Service).policy == "F1"
    assert "override" in texts(only(export, Other, "R1"))


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        ("alertmanager", "alertmanager"),
        ("webhook", "generic-webhook"),
        ("zabbix", "zabbix"),
        ("weird", "oncall-formatted-webhook"),
    ],
)
def test_types_of_integrations(kind, template):
    assert only(read(integrations=[{"id": "C", "type": kind}]), Integration).template == template


@pytest.mark.parametrize(
    "name",
    [
        "users",
        "schedules",
        "on_call_shifts",
        "escalation_chains",
        "escalation_policies",
        "integrations",
    ],
)
@pytest.mark.parametrize("content", [None, "text", 7, [None]])
def test_a_list_that_is_missing_or_broken_is_a_sentence_and_the_rest_is_read(name, content):
    documents = {key: SAMPLE[key] for key in SAMPLE if key != name}
    if content is not None:
        documents[name] = content

    export = grafana_oncall.read(files(**documents), {})

    assert export.problems
    assert len(every(export, Person)) == (0 if name == "users" else 4)
    assert len(every(export, Schedule)) == (0 if name in ("schedules", "on_call_shifts") else 1)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("start", None, "on_call_shifts[0].start is missing."),
        ("start", "yesterday", "start is 'yesterday', no time such as"),
        ("duration", "long", "duration is 'long', no whole number."),
        ("duration", 0, "duration is 0, no length from a minute to ten years."),
        ("frequency", "yearly", "frequency is 'yearly', none of hourly, daily, weekly, monthly."),
        ("frequency", None, "type is 'rolling_users', none of"),
        ("by_day", ["XX"], "by_day is ['XX'], no day of the week such as MO."),
        ("rolling_users", [], "rolling_users names nobody."),
        ("rolling_users", "UANA", "rolling_users is 'UANA', no list of lists of people."),
        ("rolling_users", [[["UANA"]]], "no list of lists of people."),
        ("start_rotation_from_user_index", 3, "is 3, and not 0 to 2."),
        ("time_zone", "Mars/Base", "time_zone is 'Mars/Base', no IANA time zone."),
        ("level", -1, "level is -1, and not 0 to 1000."),
        ("duration", 90000, None),
    ],
)
def test_a_bad_field_of_a_shift_is_named(field, value, sentence):
    export = shifts(rolling(**{field: value}))

    if sentence is None:
        assert export.problems == ()
        return
    assert len(export.problems) == 1
    assert export.problems[0].startswith("export.json: on_call_shifts[0]")
    assert sentence in export.problems[0]
    assert only(export, Other).id == "SPAY"


def test_a_schedule_that_names_a_shift_that_is_missing_is_a_sentence():
    export = read(on_call_shifts=[OFFICE])

    assert export.problems == (
        "export.json: schedules[0].shifts names OP, which is not among the shifts.",
    )
