"""Documents of a PagerDuty account, as its REST API answers."""

import copy

from integrations.importers import pagerduty
from tests.integrations.importing import NOW, files

OFFICE = [
    {
        "type": "weekly_restriction",
        "start_day_of_week": day,
        "start_time_of_day": "09:00:00",
        "duration_seconds": 28800,
    }
    for day in range(1, 6)
]


def layer(**fields):
    return {
        "id": "PL1",
        "name": "Primary",
        "start": "2026-03-02T09:00:00+01:00",
        "end": None,
        "rotation_virtual_start": "2026-03-02T09:00:00+01:00",
        "rotation_turn_length_seconds": 604800,
        "restrictions": [],
        "users": [{"user": {"id": "PANA"}}, {"user": {"id": "PBO"}}, {"user": {"id": "PCY"}}],
        **fields,
    }


SAMPLE = {
    "schedules": [
        {
            "id": "PSHOP01",
            "name": "Payments primary",
            "time_zone": "Berlin",
            "schedule_layers": [
                layer(
                    id="PL2",
                    name="Office",
                    users=[{"user": {"id": "PDI", "type": "user_reference"}}],
                    restrictions=OFFICE,
                ),
                layer(),
            ],
            "final_schedule": {
                "name": "Final Schedule",
                "rendered_schedule_entries": [
                    {"start": f"2026-03-{a}Z", "end": f"2026-03-{b}Z", "user": {"id": who}}
                    for a, b, who in [
                        ("27T16:00:00", "30T07:00:00", "PANA"),
                        ("30T07:00:00", "30T15:00:00", "PDI"),
                        ("30T15:00:00", "31T00:00:00", "PBO"),
                    ]
                ],
            },
        }
    ],
    "overrides": {
        "PSHOP01": [
            {
                "id": "Q1",
                "start": "2026-03-25T18:00:00Z",
                "end": "2026-03-26T06:00:00Z",
                "user": {"id": "PBO"},
            }
        ]
    },
    "escalation_policies": [
        {
            "id": "PEP1",
            "name": "Payments",
            "num_loops": 2,
            "escalation_rules": [
                {
                    "escalation_delay_in_minutes": 5,
                    "targets": [{"id": "PSHOP01", "type": "schedule_reference"}],
                },
                {
                    "escalation_delay_in_minutes": 15,
                    "targets": [
                        {"id": "PCY", "type": "user_reference"},
                        {"id": "PDI", "type": "user_reference"},
                    ],
                    "escalation_rule_assignment_strategy": {"type": "round_robin"},
                },
            ],
        }
    ],
    "users": [
        {"id": "PANA", "name": "Ana", "email": "ana@shop.example", "time_zone": "Berlin"},
        {
            "id": "PBO",
            "name": "Bo",
            "email": "bo@shop.example",
            "time_zone": "Eastern Time (US & Canada)",
        },
        {"id": "PCY", "name": "Cy", "email": "cy@shop.example", "time_zone": "UTC"},
        {"id": "PDI", "name": "Di", "email": "di@shop.example", "time_zone": "Wellington"},
    ],
    "teams": [],
    "services": [],
}


def read(document=None, choices=None, **changed):
    content = {**copy.deepcopy(SAMPLE if document is None else document), **changed}
    return pagerduty.read(files(export=content), choices or {}, NOW)


def schedule_with(**fields):
    return {**copy.deepcopy(SAMPLE["schedules"][0]), **fields}


def with_layers(*layers):
    return read(schedules=[schedule_with(schedule_layers=list(layers))])


def service(id_="S1", **fields):
    return {
        "id": id_,
        "name": f"Service {id_}",
        "escalation_policy": {"id": "PEP1"},
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": None,
        **fields,
    }


HOURS = {
    "type": "fixed_time_per_day",
    "time_zone": "Eastern Time (US & Canada)",
    "start_time": "09:00:00",
    "end_time": "17:30:00",
    "days_of_week": [1, 2, 3, 4, 5],
}

NONE = {
    "acknowledgement_expires_minutes": None,
    "auto_resolve_minutes": None,
    "support_hours": [],
    "support_time_zone": "UTC",
    "raise_at_opening": False,
}

RAISE = {
    "type": "urgency_change",
    "at": {"type": "named_time", "name": "support_hours_start"},
    "to_urgency": "high",
}


def event(
    rule="RRULE:FREQ=WEEKLY", start="2026-03-02T09:00:00", end="2026-03-09T09:00:00", **fields
):
    return {
        "id": "E1",
        "name": "Weekly",
        "start_time": {"date_time": start, "time_zone": "Europe/Berlin"},
        "end_time": {"date_time": end, "time_zone": "Europe/Berlin"},
        "effective_since": "2026-03-01T00:00:00Z",
        "effective_until": None,
        "recurrence": [rule] if rule else [],
        "assignment_strategy": {
            "type": "rotating_member_assignment_strategy",
            "shifts_per_member": fields.pop("each", 1),
            "members": [
                {"type": "user_member", "user_id": name} if name else {"type": "empty_member"}
                for name in fields.pop("members", ["ana", "bo", "cy"])
            ],
        },
        **fields,
    }


def shift_based(*events, **fields):
    rotations = [{"id": f"R{n}", "events": [one]} for n, one in enumerate(events)]
    schedule = {"id": "V3", "name": "Shifts", "time_zone": "Europe/Berlin", "rotations": rotations}
    return read(schedules=[{**schedule, **fields}], overrides={})
