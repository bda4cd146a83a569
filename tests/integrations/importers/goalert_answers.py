"""What a GoAlert installation answers by its GraphQL API."""

import copy

from integrations.importers import goalert
from tests.integrations.importing import calendar, files

ALL_DAYS = [True] * 7

WORKDAYS = [False, True, True, True, True, True, False]

ALWAYS = {"start": "00:00", "end": "00:00", "weekdayFilter": ALL_DAYS}

ROTATION = {
    "id": "rot1",
    "name": "Primary",
    "start": "2026-03-02T08:00:00Z",
    "timeZone": "Europe/Berlin",
    "type": "weekly",
    "shiftLength": 1,
    "activeUserIndex": 0,
    "userIDs": ["ana", "bo", "cy"],
    "nextHandoffTimes": ["2026-03-30T07:00:00Z"],
}

SAMPLE = {
    "rotation": ROTATION,
    "schedule": {
        "id": "sch1",
        "name": "Payments",
        "timeZone": "Europe/Berlin",
        "targets": [
            {"target": {"id": "rot1", "type": "rotation"}, "rules": [ALWAYS]},
            {
                "target": {"id": "di", "type": "user"},
                "rules": [{"start": "09:00", "end": "17:00", "weekdayFilter": WORKDAYS}],
            },
        ],
        "temporarySchedules": [],
    },
    "userOverrides": [
        {
            "start": "2026-03-25T18:00:00Z",
            "end": "2026-03-26T06:00:00Z",
            "addUserID": "bo",
            "removeUserID": "ana",
        }
    ],
    "users": [
        {"id": name, "name": name.title(), "email": f"{name}@x.example", "role": "user"}
        for name in ("ana", "bo", "cy", "di")
    ],
    "escalationPolicies": {"nodes": []},
    "services": {"nodes": []},
}

WHOLE = {
    **SAMPLE,
    "escalationPolicies": [
        {
            "id": "ep",
            "name": "Payments",
            "repeat": 1,
            "steps": [{"delayMinutes": 5, "targets": [{"id": "sch1", "type": "schedule"}]}],
        }
    ],
    "services": [
        {
            "id": "s1",
            "name": "Shop",
            "escalationPolicyID": "ep",
            "integrationKeys": [{"id": "key-that-is-secret", "type": "generic", "name": "All"}],
        }
    ],
}


def read(**changed):
    return goalert.read(files(export={"data": {**copy.deepcopy(SAMPLE), **changed}}), {})


def with_rules(*rules, rotation=None, **fields):
    target = {"target": {"id": "rot1", "type": "rotation"}, "rules": list(rules)}
    schedule = {**SAMPLE["schedule"], "targets": [target], **fields}
    return read(schedule=schedule, rotation={**ROTATION, **(rotation or {})}, userOverrides=[])


def names(export, start, end):
    return [people for _, people in calendar(export, start, end)]
