"""Tables of an OpsKnight installation."""

import copy

from integrations.importers import opsknight
from integrations.importers.causes import Hints
from integrations.importers.neutral import (
    Schedule,
)
from integrations.importers.preview import facts_of, numbers_of, second
from integrations.importers.proof import prove
from tests.integrations.importing import NOW, calendar, files, only


def layer(**fields):
    return {
        "id": "cl1",
        "scheduleId": "cs1",
        "name": "Primary",
        "start": "2026-03-02T08:00:00.000",
        "end": None,
        "rotationLengthHours": 168,
        "shiftLengthHours": None,
        "restrictions": None,
        "priority": 0,
        **fields,
    }


OFFICE = layer(
    id="cl2",
    name="Office",
    restrictions={"daysOfWeek": [1, 2, 3, 4, 5], "startHour": 9, "endHour": 17},
    priority=1,
)

SAMPLE = {
    "User": [
        {
            "id": name,
            "name": name.title(),
            "email": f"{name}@shop.example",
            "role": "RESPONDER",
            "status": "ACTIVE",
            "emailNotificationsEnabled": True,
        }
        for name in ("ana", "bo", "cy", "di")
    ],
    "Team": [{"id": "t1", "name": "Payments", "teamLeadId": "cy"}],
    "TeamMember": [
        {
            "id": "m1",
            "teamId": "t1",
            "userId": "ana",
            "role": "OWNER",
            "receiveTeamNotifications": True,
        },
        {
            "id": "m2",
            "teamId": "t1",
            "userId": "bo",
            "role": "MEMBER",
            "receiveTeamNotifications": True,
        },
        {
            "id": "m3",
            "teamId": "t1",
            "userId": "cy",
            "role": "MEMBER",
            "receiveTeamNotifications": True,
        },
    ],
    "OnCallSchedule": [{"id": "cs1", "name": "Payments", "timeZone": "Europe/Berlin"}],
    "OnCallLayer": [layer(), OFFICE],
    "OnCallLayerUser": [
        {"layerId": layer_id, "userId": user, "position": position}
        for layer_id, user, position in [
            ("cl1", "cy", 2),
            ("cl1", "ana", 0),
            ("cl1", "bo", 1),
            ("cl2", "di", 0),
        ]
    ],
    "OnCallOverride": [
        {
            "id": "co1",
            "scheduleId": "cs1",
            "userId": "bo",
            "replacesUserId": "ana",
            "start": "2026-03-25T18:00:00.000",
            "end": "2026-03-26T06:00:00.000",
        }
    ],
    "EscalationPolicy": [{"id": "ep1", "name": "Payments", "description": None}],
    "EscalationRule": [
        {
            "policyId": "ep1",
            "stepOrder": 1,
            "delayMinutes": 10,
            "targetType": "TEAM",
            "targetTeamId": "t1",
            "notificationChannels": ["EMAIL", "SMS"],
            "notifyOnlyTeamLead": True,
        },
        {
            "policyId": "ep1",
            "stepOrder": 0,
            "delayMinutes": 0,
            "targetType": "SCHEDULE",
            "targetScheduleId": "cs1",
            "notificationChannels": [],
            "notifyOnlyTeamLead": False,
        },
    ],
    "Service": [
        {
            "id": "s1",
            "name": "Shop",
            "escalationPolicyId": "ep1",
            "teamId": "t1",
            "targetAckMinutes": 5,
            "targetResolveMinutes": None,
        }
    ],
    "Integration": [
        {
            "id": "i1",
            "name": "Alerts",
            "type": "PROMETHEUS",
            "key": "secretkey",
            "serviceId": "s1",
            "enabled": False,
        }
    ],
}


def read(choices=None, now=NOW, **changed):
    return opsknight.read(files(dump={**copy.deepcopy(SAMPLE), **changed}), choices or {}, now)


def layers(*rows, users=None, choices=None, now=NOW, **changed):
    users = users or {row["id"]: ["ana", "bo"] for row in rows}
    ring = [
        {"layerId": layer_id, "userId": user, "position": position}
        for layer_id, people in users.items()
        for position, user in enumerate(people)
    ]
    changed = {"OnCallOverride": [], **changed}
    return read(choices, now, OnCallLayer=list(rows), OnCallLayerUser=ring, **changed)


def names(export, start, end):
    return [people for _, people in calendar(export, start, end)]


def proof_of(export, hints=None):
    numbers = numbers_of(export)
    span = tuple(map(second, export.rendered_spans["cs1"]))
    facts = facts_of(export, only(export, Schedule), numbers)
    return prove(facts, export.rendered["cs1"], numbers, span, hints or Hints())


def override(**fields):
    return {
        "id": "co9",
        "scheduleId": "cs1",
        "userId": "di",
        "replacesUserId": None,
        "start": "2026-03-24 10:00:00",
        "end": "2026-03-24 12:00:00",
        **fields,
    }
