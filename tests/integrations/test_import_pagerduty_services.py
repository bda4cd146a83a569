"""PagerDuty's services: keys, urgency, support hours, times."""

import pytest

from incidents.support_hours import checked_rows
from integrations.importers.neutral import (
    Integration,
    Policy,
    Service,
)
from tests.integrations.importers.pagerduty_account import HOURS, NONE, RAISE, read, service
from tests.integrations.importing import every, only, texts


def test_services_and_their_integrations_keep_their_keys_and_hide_them():
    integrations = [
        {
            "id": "I1",
            "type": "events_api_v2_inbound_integration",
            "name": "Events",
            "integration_key": "k" * 32,
        },
        {
            "id": "I2",
            "type": "aws_cloudwatch_inbound_integration",
            "summary": "CW",
            "integration_key": "l" * 32,
        },
        {
            "id": "I3",
            "type": "generic_email_inbound_integration",
            "integration_email": "x@p.example",
        },
        {"id": "I4", "type": "events_api_v2_inbound_integration_reference"},
    ]

    export = read(services=[service(integrations=integrations)])

    assert [(i.template, i.key, i.service, i.policy) for i in every(export, Integration)] == [
        ("events-api-v2", "k" * 32, "S1", "PEP1"),
        ("aws-cloudwatch", "l" * 32, "S1", "PEP1"),
        ("email", "", "S1", "PEP1"),
        ("events-api-v2", "", "S1", "PEP1"),
    ]
    assert "k" * 32 not in repr(export)
    assert "l" * 32 not in repr(export)
    assert only(export, Service).policy == "PEP1"


def test_an_acknowledgement_that_all_services_end_alike_is_the_policys():
    agreed = read(services=[service(), service("S2")])
    differing = read(services=[service(), service("S2", acknowledgement_timeout="600")])

    assert only(agreed, Policy).acknowledgement_expires_minutes == 30
    assert texts(only(agreed, Service, "S1")) == ""
    assert only(differing, Policy).acknowledgement_expires_minutes is None
    own = [one.settings["acknowledgement_expires_minutes"] for one in every(differing, Service)]
    assert own == [30, 10]
    assert [one.settings for one in every(agreed, Service)] == [NONE] * 2
    assert (
        only(
            read(services=[service(acknowledgement_timeout=None)]), Policy
        ).acknowledgement_expires_minutes
        is None
    )


def settings_of(**fields):
    """(settings, what is said) of a service with these fields."""
    one = only(read(services=[service(acknowledgement_timeout=None, **fields)]), Service)
    return {k: v for k, v in one.settings.items() if v != NONE.get(k, "")}, texts(one)


def test_the_urgency_of_a_service_follows_its_support_hours_as_there():
    rule = {
        "type": "use_support_hours",
        "during_support_hours": {"type": "constant", "urgency": "high"},
        "outside_support_hours": {"type": "constant", "urgency": "severity_based"},
    }

    settings, said = settings_of(
        incident_urgency_rule=rule, support_hours=HOURS, scheduled_actions=[RAISE]
    )

    assert settings == {
        "urgency_rule": "by_hours",
        "urgency_inside": "high",
        "urgency_outside": "by_severity",
        "support_hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:30"}
        ],
        "support_time_zone": "America/New_York",
        "raise_at_opening": True,
    }
    assert "does not escalate" in said


@pytest.mark.parametrize(
    ("urgency", "rule", "is_said"),
    [
        ("high", "high", ""),
        ("low", "low", "does not escalate"),
        ("severity_based", "by_severity", "does not escalate"),
        ("Purple", "high", "'purple' is not known"),
    ],
)
def test_one_urgency_for_all_times(urgency, rule, is_said):
    found = settings_of(incident_urgency_rule={"type": "constant", "urgency": urgency})

    assert found[0] == {"urgency_rule": rule}
    assert is_said in found[1]


@pytest.mark.parametrize(
    ("changed", "window"),
    [
        ({"end_time": "00:00:00"}, ("09:00", "00:00")),
        ({"end_time": "23:59:59"}, ("09:00", "24:00")),
        ({"start_time": "22:00:00", "end_time": "06:00:00"}, ("22:00", "06:00")),
    ],
)
def test_support_hours_end_when_they_end_there(changed, window):
    settings, _ = settings_of(support_hours={**HOURS, **changed})

    (row,) = checked_rows(settings["support_hours"])
    assert (row["start"], row["end"]) == window


@pytest.mark.parametrize(
    "broken",
    [
        {"time_zone": "Nowhere"},
        {"start_time": "9 o'clock"},
        {"end_time": "24:00:00"},
        {"days_of_week": [0]},
        {"days_of_week": []},
    ],
)
def test_support_hours_that_cannot_be_read_are_left_out_and_the_service_is_taken(broken):
    settings, said = settings_of(support_hours={**HOURS, **broken})

    assert settings == {}
    assert f"support_hours.{next(iter(broken))}" in said


@pytest.mark.parametrize(
    ("seconds", "minutes", "is_said"),
    [(14_400, 240, False), (60, 5, True), (10**8, 129_600, True), (0, None, False)],
)
def test_incidents_are_resolved_by_themselves_as_there(seconds, minutes, is_said):
    settings, said = settings_of(auto_resolve_timeout=seconds)

    assert settings.get("auto_resolve_minutes") == minutes
    assert ("resolved by themselves" in said) is is_said


def test_a_change_of_the_urgency_at_another_time_is_said():
    later = {**RAISE, "at": {"type": "named_time", "name": "support_hours_end"}}

    assert settings_of(scheduled_actions=[later]) == (
        {},
        "A change of the urgency at another time is left out.",
    )
