import copy

import pytest

from integrations.importers import opsgenie
from integrations.importers.files import Files
from integrations.importers.neutral import (
    Absence,
    ContactMethod,
    Integration,
    NoteKind,
    Other,
    Person,
    Policy,
    Schedule,
    Service,
    Team,
)
from tests.integrations.importers.opsgenie_backup import (
    ESCALATION,
    KEY,
    SCHEDULE,
    SMALL,
    WHOLE,
)
from tests.integrations.importers.opsgenie_reading import layer_of, of, read, rotation


def test_the_sample_of_the_specification_gives_its_waits_and_repeats():
    (policy,) = of(read(SMALL), Policy)

    assert [step.wait_s for step in policy.steps] == [0, 300, 3300]
    assert (policy.repeats, policy.pause_s) == (2, 600)
    kinds = [[target.kind for target in step.targets] for step in policy.steps]
    assert kinds == [["schedule"], ["schedule_next"], ["team"]]
    approximate = [n.text for n in policy.notes if n.kind == NoteKind.APPROXIMATE]
    assert any(text.startswith("Step 3") and "if-not-closed" in text for text in approximate)


def test_delays_are_read_from_the_creation_or_one_after_another_as_chosen():
    (policy,) = of(read(SMALL, {"opsgenie.delays": "previous"}), Policy)

    assert [step.wait_s for step in policy.steps] == [0, 300, 3600]
    (asked,) = [note for note in policy.notes if note.choice]
    assert [text.rpartition("at ")[2] for _, text in asked.options] == [
        "0, 5, 60 min.",
        "0, 5, 65 min.",
    ]


def test_delays_that_do_not_rise_speak_for_one_after_another():
    rules = [dict(rule) for rule in ESCALATION["rules"]]
    rules[0]["delay"] = {"timeAmount": 10, "timeUnit": "minutes"}
    documents = {"escalations/e.json": {**ESCALATION, "rules": rules}}

    (policy,) = of(read(documents), Policy)

    assert [step.wait_s for step in policy.steps] == [600, 300, 3600]


def test_rules_of_the_same_delay_are_one_step():
    rules = [{**rule, "delay": {"timeAmount": 2}} for rule in ESCALATION["rules"]]
    documents = {"escalations/e.json": {**ESCALATION, "rules": rules}}

    (policy,) = of(read(documents, {"opsgenie.delays": "creation"}), Policy)

    assert [(step.wait_s, len(step.targets)) for step in policy.steps] == [(120, 3)]


def test_people_bring_their_addresses_rules_and_reminders():
    export = read(WHOLE)

    ana = next(one for one in of(export, Person) if one.id == "u1")
    assert (ana.name, ana.zone, ana.is_active) == ("Ana", "Europe/Berlin", True)
    assert ana.reminders == ((0, "email"), (1440, "email"))
    methods = {(one.channel, one.value) for one in of(export, ContactMethod)}
    assert methods == {("email", "ana@home.example"), ("sms", "+491511234567")}
    assert {(rule.urgency, rule.after_s) for rule in ana.rules} == {
        ("high", 0),
        ("low", 0),
        ("high", 60),
        ("low", 60),
    }
    assert not next(one for one in of(export, Person) if one.id == "u3").is_active


def test_a_team_has_a_service_with_the_policy_of_its_default_rule():
    export = read(WHOLE)

    (team,) = of(export, Team)
    assert [(member.person, member.roles) for member in team.members] == [
        ("u1", ("primary", "manager")),
        ("u2", ("primary",)),
    ]
    (service,) = of(export, Service)
    assert (service.name, service.team, service.policy) == ("payments", "t1", "e1")


def test_keys_are_read_and_missing_ones_are_asked_for():
    api, datadog = of(read(WHOLE), Integration)

    assert (api.template, api.key) == ("opsgenie", KEY)
    assert (datadog.template, datadog.key) == ("datadog", "")
    assert [note.kind for note in datadog.notes] == [NoteKind.NEEDS_CHOICE]
    assert KEY not in repr(api)
    assert KEY not in str(api.document)


def test_what_has_no_counterpart_is_listed():
    listed = {(one.what, one.name) for one in of(read(WHOLE), Other)}

    assert listed == {("policy", "Quiet nights"), ("routing rule", "payments: night")}


@pytest.mark.parametrize("path", sorted(WHOLE))
def test_without_one_file_the_others_are_read(path):
    rest = {name: row for name, row in WHOLE.items() if name != path}

    assert len(read(rest).objects) >= len(rest)


@pytest.mark.parametrize("broken", ["text", 7, None, {}, [1, 2], {"id": [], "rotations": 3}])
@pytest.mark.parametrize("path", sorted(set(WHOLE) - {"opsgeniebackups/policiesv2/p1.json"}))
def test_one_broken_file_is_a_problem_and_the_others_are_read(path, broken):
    export = read({**WHOLE, path: broken})

    named = [sentence for sentence in export.problems if sentence.startswith(path)]
    found = {type(one) for one in export.objects}
    assert named or broken == {"id": [], "rotations": 3}
    assert len({Person, Team, Schedule, Absence, Policy, Integration} - found) <= 1


def places(value, path=()):
    """The path of each value in a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def with_value(document, path, value):
    if not path:
        return value
    found = copy.copy(document)
    found[path[0]] = with_value(document[path[0]], path[1:], value)
    return found


@pytest.mark.parametrize("junk", [7, "x", [[7]], {"id": {}}], ids=repr)
def test_whatever_stands_in_place_of_a_value_nothing_is_raised(junk):
    documents = {name: row for name, row in WHOLE.items() if "/users/bo" not in name}
    for name, row in documents.items():
        for path in places(row):
            changed = {**documents, name: with_value(row, path, junk)}
            export = opsgenie.read(Files(documents=changed), {})
            assert export.objects


def test_missing_folders_are_named():
    assert "The folder users is missing or empty." in read(SMALL).problems


@pytest.mark.parametrize("name", ["OpsGenieBackups/Schedules/A.JSON", "SCHEDULES/a.json"])
def test_folders_are_found_in_any_case(name):
    export = opsgenie.read(Files(documents={name.lower(): SCHEDULE}), {})

    assert len(of(export, Schedule)) == 1


@pytest.mark.parametrize(
    "date", ["2026-03-02T08:00:00Z", "2026-03-02T09:00:00+01:00", 1772438400000, "1772438400000"]
)
def test_dates_are_read_in_every_form(date):
    assert layer_of(startDate=date)["anchor"] == "2026-03-02T09:00"


def test_dates_without_a_zone_are_asked_for():
    documents = rotation(startDate="2026-03-02 09:00")

    (asked,) = of(read(documents), Schedule)
    (answered,) = of(read(documents, {"opsgenie.zone_of_files": "America/New_York"}), Schedule)

    assert [note.kind for note in asked.notes] == [NoteKind.NEEDS_CHOICE]
    assert answered.layers[0]["anchor"] == "2026-03-02T15:00"


def test_what_is_there_twice_counts_once_and_is_named():
    export = read({**WHOLE, "schedules/copy.json": SCHEDULE})

    assert len(of(export, Schedule)) == 1
    assert "The schedule 7c1 is there twice: the first counts." in export.problems
