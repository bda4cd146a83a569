"""A backup of an Opsgenie account, as its configuration backup writes it."""

import copy
import io
import json
import zipfile

from integrations.importers.files import Files

KEY = "5b1e3f9a-7c2d-4e8f-9a0b-1c2d3e4f5a6b"


def user(number, name, email, *contacts, **fields):
    return {
        "user": {
            "id": number,
            "username": email,
            "fullName": name,
            "role": {"id": "User", "name": "User"},
            "timeZone": "Europe/Berlin",
            "blocked": False,
            "userContacts": [
                {"id": f"{number}-{way}", "contactMethod": way, "to": to, "enabled": True}
                for way, to in contacts
            ],
            **fields,
        },
        "notificationRuleList": [
            {
                "actionType": "CREATE_ALERT",
                "enabled": True,
                "criteria": {"type": "match-all"},
                "steps": [
                    {
                        "sendAfter": {"timeAmount": after, "timeUnit": "minutes"},
                        "contact": {"method": way, "to": to},
                        "enabled": True,
                    }
                    for after, (way, to) in enumerate(contacts)
                ],
            },
            {"actionType": "schedule-start", "notificationTime": ["just-before", "1-day-ago"]},
        ],
    }


def _window(day):
    return {
        "startDay": day,
        "startHour": 9,
        "startMin": 0,
        "endDay": day,
        "endHour": 17,
        "endMin": 0,
    }


def _member(number, email, role="user"):
    return {"user": {"id": number, "username": email}, "role": role}


def _person(number, name):
    return {"type": "user", "id": number, "username": f"{name}@shop.example"}


def _after(amount, unit="minutes"):
    return {"timeAmount": amount, "timeUnit": unit}


def _rule(condition, how, delay, kind, number):
    return {
        "condition": condition,
        "notifyType": how,
        "delay": delay,
        "recipient": {"type": kind, "id": number},
    }


WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
SCHEDULE = {
    "schedule": {
        "id": "7c1",
        "name": "payments_primary",
        "timezone": "Europe/Berlin",
        "enabled": True,
        "ownerTeam": {"id": "t1", "name": "payments"},
        "rotations": [
            {
                "id": "r1",
                "name": "weekly",
                "startDate": "2026-03-02T08:00:00Z",
                "type": "weekly",
                "length": 1,
                "participants": [_person("u1", "ana"), _person("u2", "bo"), _person("u3", "cy")],
            },
            {
                "id": "r2",
                "name": "office",
                "startDate": "2026-03-02T08:00:00Z",
                "type": "weekly",
                "length": 1,
                "participants": [_person("u4", "di")],
                "timeRestriction": {
                    "type": "weekday-and-time-of-day",
                    "restrictions": [_window(day) for day in WORKDAYS],
                },
            },
        ],
    },
    "scheduleOverrideList": [
        {
            "alias": "o1",
            "user": {"type": "user", "id": "u2"},
            "startDate": "2026-03-25T18:00:00Z",
            "endDate": "2026-03-26T06:00:00Z",
            "rotations": [{"id": "r1"}],
        }
    ],
}
ESCALATION = {
    "id": "e1",
    "name": "payments_escalation",
    "ownerTeam": {"id": "t1"},
    "rules": [
        _rule("if-not-acked", "default", _after(0), "schedule", "7c1"),
        _rule("if-not-acked", "next", _after(5), "schedule", "7c1"),
        _rule("if-not-closed", "all", _after(1, "hours"), "team", "t1"),
    ],
    "repeat": {
        "waitInterval": 10,
        "count": 2,
        "resetRecipientStates": True,
        "closeAlertAfterAll": False,
    },
}
FORWARDING = {
    "id": "f1",
    "fromUser": {"username": "cy@shop.example"},
    "toUser": {"username": "ana@shop.example"},
    "startDate": "2026-04-06T00:00:00Z",
    "endDate": "2026-04-10T00:00:00Z",
}
# As the specification of the format has it: three files, and nobody else is named.
SMALL = {
    "opsgeniebackups/schedules/payments_primary-7c1.json": SCHEDULE,
    "opsgeniebackups/escalations/payments_escalation-e1.json": ESCALATION,
    "opsgeniebackups/forwardings/f1.json": FORWARDING,
}
WHOLE = SMALL | {
    "opsgeniebackups/users/ana-u1.json": user(
        "u1", "Ana", "Ana@shop.example", ("email", "ana@home.example"), ("sms", "49-1511234567")
    ),
    "opsgeniebackups/users/bo-u2.json": user("u2", "Bo", "bo@shop.example"),
    "opsgeniebackups/users/cy-u3.json": user("u3", "Cy", "cy@shop.example", blocked=True),
    "opsgeniebackups/users/di-u4.json": user("u4", "Di", "di@shop.example"),
    "opsgeniebackups/teams/payments-t1.json": {
        "team": {
            "id": "t1",
            "name": "payments",
            "description": "Cards",
            "members": [
                _member("u1", "ana@shop.example", "admin"),
                _member("u2", "bo@shop.example"),
            ],
        },
        "teamRoutingRules": [
            {
                "id": "rr1",
                "name": "night",
                "isDefault": False,
                "notify": {"type": "schedule", "id": "7c1"},
            },
            {"id": "rr2", "isDefault": True, "notify": {"type": "escalation", "id": "e1"}},
        ],
    },
    "opsgeniebackups/integrations/i1.json": {
        "integration": {
            "id": "i1",
            "name": "payments API",
            "type": "API",
            "apiKey": KEY,
            "ownerTeam": {"id": "t1", "name": "payments"},
            "enabled": True,
        }
    },
    "opsgeniebackups/integrations/i2.json": {
        "integration": {
            "id": "i2",
            "name": "payments Datadog",
            "type": "Datadog",
            "ownerTeam": {"id": "t1", "name": "payments"},
            "enabled": True,
        }
    },
    "opsgeniebackups/policiesv2/p1.json": {"id": "p1", "name": "Quiet nights", "type": "alert"},
}


def files(documents, **changes):
    """The files of a backup; ``changes`` are values of their schedule."""
    found = copy.deepcopy(documents)
    for row in found.values():
        if isinstance(row, dict) and "schedule" in row:
            row["schedule"].update(changes)
    return Files(documents=found)


def zipped(documents):
    """The bytes of a zip of the backup."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, document in documents.items():
            archive.writestr(path, json.dumps(document))
    return out.getvalue()
