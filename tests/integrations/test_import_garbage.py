"""Exports in which anything may be anything: a reader never fails, and what it reads is whole."""

import copy
import os
import random

import pytest

from escalation.schedules.definition import problems_of
from escalation.schedules.resolver import shifts
from integrations.importers import goalert, grafana_oncall, opsknight, pagerduty
from integrations.importers.neutral import Schedule
from integrations.importers.preview import facts_of, numbers_of, second
from tests.integrations.importers import (
    goalert_answers,
    oncall_installation,
    opsknight_tables,
    pagerduty_account,
)
from tests.integrations.importing import NOW, at, files

JUNK = [
    *(None, "", "x", True, -1, 0, 1, 1.5, 10**30, 1e308, 99_999_999_999_999),
    *([], {}, [None], [[]], [{}], {"a": 1}, "{", "[1", "{a,b}", "²", "24:00"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-03-02T09:00:00+01:00"),
    "RRULE:FREQ=WEEKLY;INTERVAL=0",
]
SPAN = second(at("03-02 00:00")), second(at("03-05 00:00"))
SHIFT = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-03T09:00:00Z"}
SHIFT_BASED = {
    "schedules": [
        {
            "id": "V3",
            "name": "Shifts",
            "time_zone": "Europe/Berlin",
            "rotations": [{"id": "R", "events": [pagerduty_account.event()]}],
            "overrides": [{"id": "O", **SHIFT, "overriding_member": {"user_id": "ana"}}],
            "custom_shifts": [{"id": "C", **SHIFT, "assignments": [{"member": {"user_id": "bo"}}]}],
        }
    ],
    "users": [
        {
            "id": "U",
            "name": "Ana",
            "email": "ana@x.example",
            "contact_methods": [{"id": "C1", "type": "sms_contact_method", "address": "1"}],
            "notification_rules": [{"start_delay_in_minutes": 1, "contact_method": {"id": "C1"}}],
            "oncall_handoff_notification_rules": [{"notify_advance_in_minutes": 3}],
        }
    ],
    "teams": [{"id": "T", "name": "Team", "members": [{"user": {"id": "U"}}]}],
    "services": [pagerduty_account.service(integrations=[{"id": "I", "type": "x"}])],
}
ONCALL = {
    **oncall_installation.SAMPLE,
    "escalation_chains": [{"id": "F1", "name": "Chain"}],
    "escalation_policies": [
        {"id": "E1", "escalation_chain_id": "F1", "position": 0, "type": "wait", "duration": 60},
        {"id": "E2", "escalation_chain_id": "F1", "position": 1, "type": "notify_persons"},
    ],
    "integrations": [{"id": "I", "name": "n", "type": "zabbix", "link": "http://x/a/"}],
    "personal_notification_rules": [{"id": "N", "user_id": "UANA", "type": "notify_by_email"}],
}
GOALERT = {
    **goalert_answers.SAMPLE,
    "schedule": {
        **goalert_answers.SAMPLE["schedule"],
        "temporarySchedules": [{**SHIFT, "shifts": [{**SHIFT, "userID": "bo"}]}],
        "shifts": [{**SHIFT, "userID": "bo"}],
    },
    "escalationPolicies": [
        {
            "id": "e",
            "name": "n",
            "steps": [{"delayMinutes": 1, "targets": [{"id": "a", "type": "user"}]}],
        }
    ],
    "services": [{"id": "s", "name": "n", "integrationKeys": [{"id": "k", "type": "generic"}]}],
}
READERS = {
    "pagerduty": (lambda found: pagerduty.read(found, {}, NOW), pagerduty_account.SAMPLE),
    "shift_based": (lambda found: pagerduty.read(found, {}, NOW), SHIFT_BASED),
    "grafana_oncall": (lambda found: grafana_oncall.read(found, {}, NOW), ONCALL),
    "opsknight": (lambda found: opsknight.read(found, {}, NOW), opsknight_tables.SAMPLE),
    "goalert": (lambda found: goalert.read(found, {}), GOALERT),
}
COUNT = 5_000 if os.environ.get("FUZZ") == "long" else 60


def places(value, path=()):
    """The paths of everything in a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def broken(document, chance):
    """The same with some of its values replaced, or left out."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 3])):
        found = [path for path in places(document) if path]
        if not found:
            break
        *outer, last = chance.choice(found)
        inner = document
        for key in outer:
            inner = inner[key]
        if isinstance(inner, dict) and chance.random() < 0.2:
            del inner[last]
        else:
            inner[last] = copy.deepcopy(chance.choice(JUNK))
    return document


@pytest.mark.parametrize("name", READERS)
def test_a_reader_never_fails_and_what_it_reads_can_be_asked(name):
    read, sample = READERS[name]
    for seed in range(COUNT):
        document = broken(sample, random.Random(f"{name} {seed}"))

        export = read(files(export=document))

        numbers = numbers_of(export)
        for schedule in (one for one in export.objects if isinstance(one, Schedule)):
            facts = facts_of(export, schedule, numbers)
            assert problems_of(facts.versions[0].definition) == [], seed
            assert shifts(facts, *SPAN), seed
