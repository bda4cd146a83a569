"""A tenant of PagerDuty as its REST API would export it, for the benchmark of imports."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.importers.files import Files, files_of

PEOPLE, SCHEDULES, POLICIES, RING = 300, 100, 100, 8
START = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday; no change of the clock in UTC
WEEK, DAYS = timedelta(weeks=1), 90
Document = dict[str, Any]


def tenant(stamp: int) -> Files:
    """300 people, 100 schedules with what they were rendered to, and as many policies, services
    and integrations. Ids, names and addresses have the stamp in them."""
    lists = {
        "users": [_user(stamp, number) for number in range(PEOPLE)],
        "teams": [{"id": f"T{n}-{stamp}", "name": f"Team {n} {stamp}"} for n in range(30)],
        "schedules": [_schedule(stamp, number) for number in range(SCHEDULES)],
        "escalation_policies": [_policy(stamp, number) for number in range(POLICIES)],
        "services": [_service(stamp, number) for number in range(POLICIES)],
    }
    return files_of({f"{name}.json": json.dumps({name: rows}) for name, rows in lists.items()})


def _person(stamp: int, number: int) -> str:
    return f"P{number % PEOPLE}-{stamp}"


def _user(stamp: int, number: int) -> Document:
    id_ = _person(stamp, number)
    methods = [
        {"id": f"{id_}M", "type": "email_contact_method", "address": f"{id_}@home.example"},
        {"id": f"{id_}S", "type": "sms_contact_method", "address": f"+4915{stamp % 9}{number:07}"},
        {"id": f"{id_}V", "type": "phone_contact_method", "address": f"+4930{number:07}"},
    ]
    return {
        "id": id_,
        "name": f"Person {number}",
        "email": f"{id_}@bench.example",
        "time_zone": "Berlin",
        "teams": [{"id": f"T{number % 30}-{stamp}"}],
        "contact_methods": methods,
        "notification_rules": [
            {
                "start_delay_in_minutes": n * 5,
                "urgency": "high",
                "contact_method": {"id": one["id"]},
            }
            for n, one in enumerate(methods)
        ],
        "oncall_handoff_notification_rules": [
            {"notify_advance_in_minutes": 60, "contact_method": {"id": methods[1]["id"]}}
        ],
    }


def _schedule(stamp: int, number: int) -> Document:
    people = [_person(stamp, number * 3 + place) for place in range(RING)]
    layer = {
        "id": f"L{number}-{stamp}",
        "name": "Weekly",
        "start": START.isoformat(),
        "rotation_virtual_start": START.isoformat(),
        "rotation_turn_length_seconds": int(WEEK.total_seconds()),
        "users": [{"user": {"id": person}} for person in people],
    }
    entries = [
        {
            "start": (START + WEEK * week).isoformat(),
            "end": (START + WEEK * (week + 1)).isoformat(),
            "user": {"id": people[week % RING]},
        }
        for week in range(DAYS // 7)
    ]
    change = START + timedelta(days=200 + number, hours=2)
    return {
        "id": f"S{number}-{stamp}",
        "name": f"Schedule {number} {stamp}",
        "time_zone": "UTC",
        "schedule_layers": [layer],
        "overrides": [
            {
                "id": f"O{number}-{each}-{stamp}",
                "start": (change + timedelta(days=each)).isoformat(),
                "end": (change + timedelta(days=each, hours=8)).isoformat(),
                "user": {"id": people[each]},
            }
            for each in range(3)
        ],
        "final_schedule": {"rendered_schedule_entries": entries},
    }


def _policy(stamp: int, number: int) -> Document:
    targets = [
        {"id": f"S{number}-{stamp}", "type": "schedule_reference"},
        {"id": _person(stamp, number), "type": "user_reference"},
        {"id": _person(stamp, number + 1), "type": "user_reference"},
    ]
    return {
        "id": f"E{number}-{stamp}",
        "name": f"Policy {number} {stamp}",
        "num_loops": 2,
        "escalation_rules": [
            {"escalation_delay_in_minutes": 10, "targets": [target]} for target in targets
        ],
    }


def _service(stamp: int, number: int) -> Document:
    return {
        "id": f"V{number}-{stamp}",
        "name": f"Service {number} {stamp}",
        "escalation_policy": {"id": f"E{number}-{stamp}"},
        "teams": [{"id": f"T{number % 30}-{stamp}"}],
        "integrations": [
            {
                "id": f"I{number}-{stamp}",
                "type": "events_api_v2_inbound_integration",
                "name": "Events",
                "integration_key": f"{stamp:020}{number:012}",
            }
        ],
    }
