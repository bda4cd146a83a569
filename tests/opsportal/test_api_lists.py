import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.actions import policy_documents
from escalation.models import Play
from incidents.actions import open as incident_open
from incidents.actions import respond
from integrations.setup import replay
from notifications.actions import contact_methods, settings
from notifications.models import Rule
from tests.api import make_paging_incident, make_person, owner, script
from tests.factories import make_alert, make_integration, make_policy, make_service, make_team
from tests.integrations.test_pages_windows import make_windows

pytestmark = pytest.mark.django_db


def make_everything():
    """One more row in every list."""
    person = make_person("Responder")
    team, policy = make_team(person), make_policy(person, make_person())
    service = make_service(team=team)
    address = {"address": f"{service.pk}@example.com"}
    method = contact_methods.add_contact_method(person, "email", address, is_verified=True)
    Rule.objects.create(user=person, urgency="high", contact_method=method)
    room = settings.add_shared_channel(f"Room {service.pk}", "email", address)
    settings.set_notification_settings(service, channels=[room])
    make_paging_incident(service, policy=policy, by=person)
    policy_documents.write_tiers(Play.objects.create(name=service.name), [{"users": [person]}])
    integration = make_integration(service=service, teams=[team], users=[person])
    replay.send_sample(integration.pk)


PATHS = [
    "services",
    "integrations",
    "inbound-messages",
    "incidents",
    "alerts",
    "notifications",
    "policies",
    "plays",
    "users",
    "teams",
    "contact-methods",
    "notification-rules",
    "shared-channels",
    "api-keys",
]


def test_twenty_rows_cost_as_many_queries_as_one():
    client = owner()
    make_everything()
    one = {path: queries(client, path) for path in PATHS}

    for _ in range(19):
        make_everything()

    assert {path: queries(client, path) for path in PATHS} == one
    assert max(one.values()) <= 14


def test_an_incident_with_much_in_it_costs_as_many_queries_as_one_with_little():
    client, person = owner(), make_person("Responder")
    incident = make_paging_incident(policy=make_policy(person))
    path = f"incidents/{incident.pk}"
    make_alert(incident)
    little = queries(client, path)

    for number in range(20):
        make_alert(incident, key=f"k{number}")
        respond.comment(incident.pk, "x", by=make_person())

    assert queries(client, path) == little


def queries(client, path):
    client.get(f"/api/v1/{path}/")
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"/api/v1/{path}/", {} if "/" in path else {"page_size": 200})
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "path",
    [
        "services",
        "integrations",
        "inbound-messages",
        "incidents",
        "alerts",
        "notifications",
        "teams",
        "contact-methods",
        "notification-rules",
        "shared-channels",
    ],
)
def test_who_belongs_nowhere_sees_nothing(path):
    make_everything()

    assert script(make_person()).get(f"/api/v1/{path}/").json()["results"] == []
    assert owner().get(f"/api/v1/{path}/").json()["results"] != []


def test_pages_follow_each_other_and_miss_nothing():
    made = [make_paging_incident().pk for _ in range(7)]
    client, found = owner(), []
    url = "/api/v1/incidents/?page_size=3&ordering=id"

    while url:
        page = client.get(url).json()
        assert len(page["results"]) <= 3
        found += [row["id"] for row in page["results"]]
        url = page["next"]

    assert found == made


def test_pages_stay_right_while_rows_are_added():
    made = [make_paging_incident().pk for _ in range(4)]
    client = owner()
    first = client.get("/api/v1/incidents/?page_size=2").json()
    make_paging_incident()

    second = client.get(first["next"]).json()

    assert [row["id"] for row in second["results"]] == made[1::-1]


def test_a_page_has_two_hundred_rows_at_most():
    team = make_team()
    service = make_service(team=team)
    for _ in range(201):
        incident_open.open_incident(service, "x")

    found = owner().get("/api/v1/incidents/?page_size=5000").json()

    assert len(found["results"]) == 200
    assert found["next"]


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "%00"])
def test_a_cursor_of_ones_own_leads_nowhere(cursor):
    make_paging_incident()

    answer = owner().get(f"/api/v1/incidents/?cursor={cursor}")

    assert answer.status_code in (200, 404)


def test_the_first_page_leads_to_every_list():
    areas = ("config", "incidents", "messages", "schedules")
    key = script(make_person("Stakeholder"), *(f"{area}:read" for area in areas))

    found = key.get("/api/v1/").json()

    assert found.keys() >= {*PATHS, "me", "catch-all"}
    assert {key.get(address).status_code for address in found.values()} == {200}


def test_every_list_comes_in_pages_but_the_catalog():
    client = owner()
    addresses = client.get("/api/v1/").json()
    shapes = {name: client.get(address).json().keys() for name, address in addresses.items()}

    lists = {name for name, shape in shapes.items() if "results" in shape}
    assert lists - {name for name in lists if "next" in shapes[name]} == {"templates"}
    assert shapes.keys() - lists == {"me", "catch-all", "on-call-settings", "opt-outs", "retention"}


def test_what_belongs_to_one_row_is_a_plain_list():
    incident, integration = make_paging_incident(), make_integration()
    client = owner()

    paths = [f"incidents/{incident.pk}/timeline", f"integrations/{integration.pk}/keys"]
    answers = [client.get(f"/api/v1/{path}/").json() for path in paths]

    assert all(isinstance(answer, list) and answer for answer in answers)


def test_three_hundred_maintenance_windows_cost_as_many_queries_as_one():
    client = owner()
    make_windows(1)
    one = queries(client, "maintenance-windows")

    make_windows(299)

    assert queries(client, "maintenance-windows") == one
    page = client.get("/api/v1/maintenance-windows/", {"page_size": 200}).json()
    rest = client.get(page["next"]).json()
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (200, 100, None)
