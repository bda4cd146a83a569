"""GoAlert is read by its GraphQL API: by one query, with a key for it."""

import copy
from pathlib import Path

import pytest

from integrations.importers import goalert
from integrations.importers.goalert import QUERY
from integrations.importers.neutral import (
    ContactMethod,
    Integration,
    Override,
    Person,
    Policy,
    Schedule,
    Service,
)
from integrations.importers.references import fingerprint
from opsportal.lib.net.errors import DeliveryError
from tests.integrations.importers.goalert_answers import ROTATION, SAMPLE, WHOLE
from tests.integrations.importers.goalert_server import KEY, installation
from tests.integrations.importing import every, only

pytestmark = pytest.mark.usefixtures("local_network")
SHIFTS = [{"userID": "ana", "start": "2026-03-20T00:00:00Z", "end": "2026-05-04T00:00:00Z"}]
LATER = [{"userID": "bo", "start": "2026-05-04T00:00:00Z", "end": "2026-06-18T00:00:00Z"}]
PHONE = {"id": "c1", "name": "phone", "type": "SMS", "value": "+491511", "disabled": False}


def lists(**changed):
    schedule = {**SAMPLE["schedule"], "sooner": SHIFTS, "later": LATER}
    ana, *others = SAMPLE["users"]
    found = {
        "users": [{**ana, "contactMethods": [PHONE]}, *others],
        "rotations": [ROTATION],
        "schedules": [schedule],
        "userOverrides": [{"id": "o1", **SAMPLE["userOverrides"][0], "target": {"id": "sch1"}}],
        "escalationPolicies": WHOLE["escalationPolicies"],
        "services": WHOLE["services"],
    }
    return copy.deepcopy({**found, **changed})


def fetched(server, told, key=KEY):
    return goalert.read(goalert.fetch(f"{server.url}/", key, told.append), {})


def test_an_installation_is_read_list_by_list_and_page_by_page():
    told = []
    with installation(**lists()) as server:
        server.is_busy = True
        export = fetched(server, told)

    assert export.problems == ()
    assert told == ["It asks to wait 0 s."]
    kinds = [Person, ContactMethod, Schedule, Override, Policy, Service, Integration]
    assert [len(every(export, kind)) for kind in kinds] == [4, 1, 1, 1, 1, 1, 1]
    assert only(export, Integration).key == "key-that-is-secret"
    assert [(one.person, one.starts_at.month) for one in export.rendered["sch1"]] == [
        ("ana", 3),
        ("bo", 5),
    ]
    pages = [variables["after"] for name, variables in server.asked if name == "users"]
    assert pages == ["", "2"]


def test_it_is_asked_for_the_shifts_of_ninety_days_in_two_halves():
    with installation(**lists()) as server:
        export = fetched(server, [])

    since, until = export.rendered_spans["sch1"]
    _, variables = server.asked[0]
    assert (until - since).days == 90
    assert variables["start"] < variables["middle"] < variables["end"]


def test_twice_is_the_same_but_for_what_passes_with_time():
    again = lists(
        schedules=[{**lists()["schedules"][0], "sooner": [], "later": LATER}],
        rotations=[
            {**ROTATION, "activeUserIndex": 1, "nextHandoffTimes": ["2026-04-06T07:00:00Z"]}
        ],
    )
    with installation(**lists()) as first, installation(**again) as second:
        one, other = fetched(first, []), fetched(second, [])

    assert kept(one)[Schedule, "sch1"] != ""
    assert {key for key, was in kept(one).items() if kept(other)[key] != was} == set()


def kept(export):
    """What is compared the next time."""
    return {(type(row), row.id): fingerprint(row, str) for row in export.objects}


@pytest.mark.parametrize("name", list(lists()))
@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ("access denied", "GoAlert refuses: access denied."),
        ("Cannot query field: validation", "GoAlert refuses: Cannot query field: validation."),
        (500, "It answered 500 to POST /api/graphql."),
    ],
)
def test_a_list_that_is_refused_is_told_of_and_the_others_are_read(name, refused, said):
    told = []
    with installation(**lists(**{name: refused})) as server:
        export = fetched(server, told)

    assert told == [f"{name}: {said}"]
    assert f"{name}: {said}" in export.problems
    assert len(every(export, Person)) == (0 if name == "users" else 4)
    assert len(every(export, Policy)) == (0 if name == "escalationPolicies" else 1)


def test_a_bad_key_is_an_error_without_the_key():
    with installation(**lists()) as server, pytest.raises(DeliveryError) as caught:
        fetched(server, [], "anothersecret")

    assert "users: It answered 401 to POST /api/graphql." in str(caught.value)
    assert "anothersecret" not in str(caught.value)


@pytest.mark.parametrize(
    "rows", [[None, 7, "x"], [{"id": "ana"}, {"id": None}, {"name": "no id"}], [{"shifts": 3}]]
)
@pytest.mark.parametrize("name", list(lists()))
def test_odd_objects_of_a_list_fail_nothing_else(name, rows):
    with installation(**lists(**{name: rows})) as server:
        export = fetched(server, [])

    assert len(every(export, Person)) == 4 or name == "users"


def test_the_guide_prints_the_query_that_a_key_is_made_for():
    assert QUERY.strip() in Path("docs/import.md").read_text()
