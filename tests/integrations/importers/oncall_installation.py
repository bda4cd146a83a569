"""Documents of a Grafana OnCall installation, as its API answers."""

import copy

from integrations.importers import grafana_oncall
from tests.integrations.importing import NOW, calendar, files


def rolling(**fields):
    return {
        "id": "OP",
        "name": "primary",
        "type": "rolling_users",
        "level": 1,
        "start": "2026-03-02T09:00:00",
        "rotation_start": "2026-03-02T09:00:00",
        "duration": 604800,
        "frequency": "weekly",
        "interval": 1,
        "week_start": "MO",
        "by_day": None,
        "until": None,
        "time_zone": None,
        "rolling_users": [["UANA"], ["UBO"], ["UCY"]],
        "start_rotation_from_user_index": 0,
        **fields,
    }


OFFICE = {
    "id": "OO",
    "name": "office",
    "type": "recurrent_event",
    "level": 2,
    "start": "2026-03-02T09:00:00",
    "duration": 28800,
    "frequency": "weekly",
    "interval": 1,
    "week_start": "MO",
    "by_day": ["MO", "TU", "WE", "TH", "FR"],
    "until": None,
    "time_zone": None,
    "users": ["UDI"],
}

SAMPLE = {
    "users": [
        {
            "id": f"U{name.upper()}",
            "email": f"{name}@shop.example",
            "username": name,
            "role": "editor",
        }
        for name in ("ana", "bo", "cy", "di")
    ],
    "schedules": [
        {
            "id": "SPAY",
            "name": "Payments",
            "type": "calendar",
            "time_zone": "Europe/Berlin",
            "team_id": None,
            "shifts": ["OP", "OO"],
            "ical_url_overrides": None,
            "enable_web_overrides": True,
        }
    ],
    "on_call_shifts": [rolling(), OFFICE],
    "shift_swaps": [
        {
            "id": "SSR1",
            "schedule": "SPAY",
            "beneficiary": "UANA",
            "benefactor": "UBO",
            "swap_start": "2026-03-25T18:00:00Z",
            "swap_end": "2026-03-26T06:00:00Z",
            "status": "taken",
        }
    ],
    "final_shifts": [
        {
            "user_pk": who,
            "user_email": "x@shop.example",
            "shift_start": f"2026-10-{a}:00:00Z",
            "shift_end": f"2026-10-{b}:00:00Z",
        }
        for who, a, b in [
            ("UANA", "23T15", "26T07"),
            ("UDI", "26T08", "26T16"),
            ("UBO", "26T16", "27T08"),
        ]
    ],
    "escalation_chains": [],
    "escalation_policies": [],
    "integrations": [],
}


def read(choices=None, **changed):
    documents = {**copy.deepcopy(SAMPLE), **changed}
    return grafana_oncall.read(files(export=documents), choices or {}, NOW)


def shifts(*rows, choices=None, kind="calendar", **changed):
    schedule = {**SAMPLE["schedules"][0], "type": kind, "shifts": [row["id"] for row in rows]}
    changed = {"shift_swaps": [], "final_shifts": [], **changed}
    return read(choices, schedules=[schedule], on_call_shifts=list(rows), **changed)


def names(export, start, end):
    return [people for _, people in calendar(export, start, end)]


def chain(*steps, **changed):
    rows = [
        {"id": f"E{number}", "escalation_chain_id": "F1", "position": number, **step}
        for number, step in enumerate(steps)
    ]
    return read(
        escalation_chains=[{"id": "F1", "name": "Payments", "team_id": "T1"}],
        escalation_policies=rows[::-1],
        **changed,
    )


def wait(seconds):
    return {"type": "wait", "duration": seconds}


ON_CALL = {"type": "notify_on_call_from_schedule", "notify_on_call_from_schedule": "SPAY"}
