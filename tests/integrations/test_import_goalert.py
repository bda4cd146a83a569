"""GoAlert's documents: policies, people, keys; bad input."""

import copy

import pytest

from integrations.importers import goalert
from integrations.importers.neutral import (
    ContactMethod,
    Integration,
    Other,
    Person,
    Policy,
    Schedule,
    Service,
)
from tests.integrations.importers.goalert_answers import ALWAYS, ROTATION, SAMPLE, read
from tests.integrations.importing import calendar, every, files, only, texts


def policy(*steps, **fields):
    return read(
        escalationPolicies=[
            {"id": "ep", "name": "Payments", "repeat": 3, "steps": list(steps), **fields}
        ]
    )


def step(minutes, *targets):
    return {
        "delayMinutes": minutes,
        "targets": [{"id": id_, "type": kind} for kind, id_ in targets],
    }


def test_a_delay_is_how_long_a_step_is_waited_for():
    export = policy(
        step(5, ("schedule", "sch1")),
        step(10, ("user", "cy"), ("user", "di")),
        step(30, ("user", "bo")),
    )

    found = only(export, Policy)
    assert [one.wait_s for one in found.steps] == [0, 300, 600]
    assert (found.repeats, found.pause_s) == (3, 1800)
    assert [[(t.kind, t.id) for t in one.targets] for one in found.steps] == [
        [("schedule", "sch1")],
        [("user", "cy"), ("user", "di")],
        [("user", "bo")],
    ]


def test_a_rotation_as_a_target_becomes_a_schedule():
    export = policy(step(5, ("rotation", "rot1")))

    assert only(export, Policy).steps[0].targets[0].id == "rotation:rot1"
    assert calendar(export, "03-30 06:59", "03-30 07:01", "rotation:rot1") == [
        ("03-30 06:59", ["ana"]),
        ("03-30 07:00", ["bo"]),
    ]


def test_targets_of_newer_versions_and_those_without_a_counterpart():
    actions = [
        {"type": "builtin-user", "args": {"user_id": "cy"}},
        {"type": "builtin-schedule", "args": {"schedule_id": "sch1"}},
        {"type": "builtin-slack-channel", "args": {"slack_channel_id": "C1"}},
    ]
    found = only(
        policy({"delayMinutes": 5, "actions": actions}, step(5, ("slackChannel", "C1"))), Policy
    )

    assert [(t.kind, t.id) for t in found.steps[0].targets] == [
        ("user", "cy"),
        ("schedule", "sch1"),
    ]
    assert found.steps[1].targets == ()
    assert "Step 1 tells builtin-slack-channel" in texts(found)
    assert "Step 2 tells slackChannel" in texts(found)


def test_a_step_that_wants_several_acknowledgements_says_so():
    found = only(policy({**step(5, ("user", "cy")), "multiAck": True}), Policy)

    assert texts(found) == "Step 1 goes on there until all of it have acknowledged."


def test_a_key_whose_tokens_are_not_told_gets_another():
    key = {"id": "k", "type": "universal", "name": "All", "serviceID": "s"}
    service = {"id": "s", "name": "Shop", "escalationPolicyID": "ep"}

    found = only(read(integrationKeys=[key], services=[service]), Integration)

    assert (found.template, found.key) == ("goalert", "")
    assert "it gets a key" in texts(found)


def test_a_rotation_that_nothing_uses_is_listed():
    export = read(rotation=[ROTATION, {**ROTATION, "id": "lonely", "name": "Lonely"}])

    assert only(export, Other).name == "Lonely"


def test_people_and_how_they_are_reached():
    user = {
        "id": "ana",
        "name": "Ana",
        "email": "ana@x.example",
        "role": "Admin",
        "contactMethods": [
            {"id": "c1", "name": "phone", "type": "SMS", "value": "+491511"},
            {
                "id": "c2",
                "type": "EMAIL",
                "dest": {"type": "builtin-smtp-email", "args": {"email_address": "a@x.example"}},
            },
            {"id": "c3", "type": "WEBHOOK", "value": "https://x.example"},
            {"id": "c4", "type": "VOICE", "value": "+49", "disabled": True},
        ],
        "notificationRules": [
            {"id": "n1", "delayMinutes": 0, "contactMethodID": "c1"},
            {"id": "n2", "delayMinutes": "5", "contactMethod": {"id": "c2"}},
            {"id": "n3", "delayMinutes": 5, "contactMethodID": "c3"},
        ],
    }

    export = read(users=[user])

    person = only(export, Person)
    assert person.is_admin
    assert [(c.id, c.channel, c.value) for c in every(export, ContactMethod)] == [
        ("c1", "sms", "+491511"),
        ("c2", "email", "a@x.example"),
    ]
    assert [(r.urgency, r.after_s, r.contact_method) for r in person.rules] == [
        ("high", 0, "c1"),
        ("low", 0, "c1"),
        ("high", 300, "c2"),
        ("low", 300, "c2"),
    ]
    assert "The contact method 'WEBHOOK' is left out: there is no such here." in texts(person)
    assert "The contact method 'VOICE' is left out: it is switched off there." in texts(person)
    assert "A notification rule is left out" in texts(person)


def test_keys_are_kept_and_shown_nowhere():
    secret = "5f0c6d7e-aaaa-bbbb-cccc-111122223333"
    service = {
        "id": "s1",
        "name": "Shop",
        "escalationPolicy": {"id": "ep"},
        "integrationKeys": [
            {
                "id": secret,
                "type": "generic",
                "name": "Scripts",
                "href": f"https://x/api?token={secret}",
            },
            {"id": "k2", "type": "prometheusAlertmanager", "name": "Prometheus"},
            {"id": "k3", "type": "email", "name": "Mail"},
            {"id": "k4", "type": "mystery"},
        ],
        "heartbeatMonitors": [{"id": "h", "name": "Backup"}],
    }

    export = read(services={"nodes": [service]})

    keys = [(one.template, one.key, one.service, one.policy) for one in every(export, Integration)]
    assert keys == [
        ("goalert", secret, "s1", "ep"),
        ("alertmanager", "k2", "s1", "ep"),
        ("email", "", "s1", "ep"),
        ("goalert", "k4", "s1", "ep"),
    ]
    assert secret not in repr(export)
    assert only(export, Service).policy == "ep"
    assert only(export, Other).name == "Backup"


@pytest.mark.parametrize(
    "name", ["users", "rotation", "schedule", "escalationPolicies", "services"]
)
@pytest.mark.parametrize("content", [None, "text", 7, [None]])
def test_a_list_that_is_missing_or_broken_is_a_sentence_and_the_rest_is_read(name, content):
    documents = {key: SAMPLE[key] for key in SAMPLE if key != name}
    if content is not None:
        documents[name] = content

    export = goalert.read(files(**documents), {})

    assert export.problems
    assert len(every(export, Person)) == (0 if name == "users" else 4)
    assert len(every(export, Schedule)) == (0 if name in ("schedule", "rotation") else 1)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (
            ("rotation", "type"),
            "yearly",
            "type is 'yearly', none of hourly, daily, weekly, monthly.",
        ),
        (("rotation", "shiftLength"), 0, "shiftLength is 0, and not 1 to 9000."),
        (("rotation", "shiftLength"), 5000, "a turn of 5000 weeks is too long."),
        (("rotation", "activeUserIndex"), 3, "activeUserIndex is 3, and not -1 to 2."),
        (
            ("rotation", "nextHandoffTimes"),
            ["soon"],
            "nextHandoffTimes.0 is 'soon', no time such as",
        ),
        (("rotation", "timeZone"), "Mars", "timeZone is 'Mars', no IANA time zone."),
        (("rotation", "userIDs"), {"a": 1}, "userIDs is {'a': 1}, no list of texts."),
        (("schedule", "name"), None, "name is missing."),
        (("schedule", "targets", 0, "target"), None, "target is missing."),
        (
            ("schedule", "targets", 0, "target", "id"),
            "gone",
            "is rotation gone, which is not among",
        ),
        (
            ("schedule", "targets", 1, "rules", 0, "start"),
            "9",
            "start is '9', no time of a day such as 09:00.",
        ),
        (("schedule", "targets", 1, "rules", 0, "weekdayFilter"), [True], "no list of seven days."),
        (("userOverrides", 0, "end"), "2026-03-25T18:00:00Z", "end is not after its start."),
        (("userOverrides", 0, "start"), "2026-03-25T18:00:00", "a time without a zone."),
    ],
)
def test_a_bad_field_is_named(place, value, sentence):
    content = copy.deepcopy(SAMPLE)
    content["schedule"]["targets"][0]["rules"] = [dict(ALWAYS)]
    inner = content
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value

    export = goalert.read(files(export=content), {})

    assert len(export.problems) == 1
    assert export.problems[0].startswith("export.json: ")
    assert sentence in export.problems[0]


def test_a_key_that_cannot_be_read_is_listed_without_it():
    key = {"id": "topsecret", "type": ["generic"], "name": "Scripts"}

    alone = read(integrationKeys=[key])
    inside = read(services=[{"id": "s", "name": "Shop", "integrationKeys": [key]}])

    for export in (alone, inside):
        assert len(every(export, Other)) == 1
        assert "type is ['generic'], no text" in export.problems[0]
        assert "topsecret" not in repr(export)


def test_a_key_that_stands_by_itself_knows_its_service():
    service = {"id": "s", "name": "Shop", "escalationPolicyID": "ep"}
    key = {"id": "k", "type": "generic", "name": "Scripts", "serviceID": "s"}

    found = only(read(integrationKeys=[key], services=[service]), Integration)

    assert (found.key, found.service, found.policy) == ("k", "s", "ep")
