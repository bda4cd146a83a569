"""Whose addresses who may read."""

import pytest

from notifications.models import Attempt, Notification
from tests.api import make_paging_incident, make_person, script
from tests.factories import make_method, make_service, make_shared_channel, make_team
from tests.pages import browser

pytestmark = pytest.mark.django_db
ADDRESS = "dora.private@home.example"
NO_PAGE = {302, 403, 404}


@pytest.fixture
def world():
    """Dora was told of an incident, at an address that failed; all others are in her team."""
    people = {
        role: make_person(*([role] if role else []))
        for role in ("Owner", "App Admin", "Group Admin", "Responder", "Stakeholder", "")
    }
    dora = people["Dora"] = make_person("Responder", name="Dora")
    team = make_team(*people.values())
    for person in people.values():
        team.memberships.filter(user=person).update(is_manager=True)
    incident = make_paging_incident(make_service(team=team))
    method = make_method(dora, "email", {"address": ADDRESS})
    told = Notification.objects.create(
        user=dora,
        incident=incident,
        contact_method=method,
        channel="email",
        address=ADDRESS,
        page_key="x",
        error=f"550 <{ADDRESS.upper()}> unknown",
        state="failed",
    )
    Attempt.objects.create(
        notification=told,
        number=1,
        started_at=told.created_at,
        outcome="failed",
        error=f"no route to {ADDRESS}",
    )
    return {"people": people, "incident": incident, "told": told, "method": method, "dora": dora}


def paths(world):
    incident, told, method, dora = (world[key].pk for key in ("incident", "told", "method", "dora"))
    return [
        f"/incidents/{incident}/",
        "/incidents/",
        "/",
        "/admin/notifications/notification/",
        f"/admin/notifications/notification/{told}/change/",
        "/admin/notifications/contactmethod/",
        f"/admin/notifications/contactmethod/{method}/change/",
        f"/admin/incidents/user/{dora}/change/",
        f"/admin/incidents/user/{dora}/history/",
        "/admin/incidents/user/",
        f"/api/v1/incidents/{incident}/",
        f"/api/v1/notifications/?incident={incident}",
        f"/api/v1/notifications/{told}/",
        "/api/v1/contact-methods/",
        f"/api/v1/contact-methods/{method}/",
        "/api/v1/users/",
        f"/api/v1/users/{dora}/",
        "/api/v1/notification-rules/",
    ]


@pytest.mark.parametrize(
    ("role", "reads"),
    [
        ("Owner", True),
        ("App Admin", True),
        ("Dora", True),
        ("Group Admin", False),
        ("Responder", False),
        ("Stakeholder", False),
        ("", False),
    ],
)
def test_only_the_person_and_who_changes_people_read_an_address(world, role, reads):
    client = browser(world["people"][role])
    answers = {path: client.get(path) for path in paths(world)}

    shown = [path for path, answer in answers.items() if ADDRESS in answer.content.decode().lower()]
    assert {answer.status_code for answer in answers.values()} <= {200, *NO_PAGE}
    assert bool(shown) is reads, shown
    if reads:
        assert f"/incidents/{world['incident'].pk}/" in shown
        assert f"/api/v1/notifications/{world['told'].pk}/" in shown


@pytest.mark.parametrize("role", ["Responder", "Stakeholder", ""])
def test_nobody_finds_out_an_address_by_searching(world, role):
    person = world["people"][role]
    client, page = script(person), browser(person)

    for path in ("notifications", "contact-methods", "users"):
        for query in ("search=dora.private", "search=home.example", f"address={ADDRESS}"):
            answer = client.get(f"/api/v1/{path}/?{query}")
            assert answer.status_code == 400 or answer.json()["results"] == [], (path, query)
    for path in ("notifications/notification", "notifications/contactmethod", "incidents/user"):
        answer = page.get(f"/admin/{path}/?q=dora.private")
        found = [*answer.context["cl"].result_list] if answer.status_code == 200 else []
        assert not found


def test_who_changes_people_finds_by_the_address(world):
    found = script(world["people"]["Owner"]).get("/api/v1/notifications/?search=dora.private")

    assert [row["id"] for row in found.json()["results"]] == [world["told"].pk]


def test_an_error_says_what_was_wrong_without_the_address(world):
    found = (
        script(world["people"]["Responder"])
        .get(f"/api/v1/notifications/{world['told'].pk}/")
        .json()
    )

    assert (found["address"], found["error"]) == ("", "550 <(the address)> unknown")
    assert found["attempts"][0]["error"] == "no route to (the address)"


def test_the_address_of_a_shared_channel_is_no_persons(world):
    channel = make_shared_channel("https://hook.example/in")
    told = Notification.objects.create(
        shared_channel=channel,
        incident=world["incident"],
        channel="webhook",
        address="https://hook.example/…",
        page_key="y",
    )

    found = script(world["people"]["Stakeholder"]).get(f"/api/v1/notifications/{told.pk}/").json()

    assert found["address"] == "https://hook.example/…"


def test_a_login_without_a_role_lists_nobody_and_no_policies(world):
    client = script(world["people"][""])
    lists = [
        "users",
        "teams",
        "roles",
        "services",
        "policies",
        "plays",
        "contact-methods",
        "notification-rules",
        "conference-bridges",
        "shared-channels",
        "chat-identities",
        "maintenance-windows",
    ]

    found = {path: client.get(f"/api/v1/{path}/").json()["results"] for path in lists}

    assert [row["id"] for row in found.pop("users")] == [world["people"][""].pk]
    assert set(map(len, found.values())) == {0}
    assert client.get("/api/v1/catch-all/").status_code == 403
