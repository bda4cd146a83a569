"""OpsKnight's guides for schedules and escalation policies, played as an admin clicks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.models import Policy, Schedule
from incidents.models import Incident
from notifications.models import Notification
from tests.factories import make_policy, make_schedule, make_service, make_team, make_user
from tests.guides.desk import go
from tests.guides.on_call import on_call
from tests.integrations.pages import browser
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    client = browser("App Admin")
    client.user.name, client.user.time_zone = "Ada", "Europe/Berlin"
    client.user.save()
    return client


@pytest.fixture
def people():
    return [make_user(name) for name in ("Alice", "Bob", "Charlie")]


def test_a_weekly_rotation_and_a_layer_above_it_that_takes_precedence(admin, people):
    ids = [str(person.pk) for person in people]
    page = go(admin, "/schedules/").follow("New schedule")
    page = page.press("add-person:0").press("add-person:0").press("Business hours")
    page = page.fill(
        **{
            "name": "Primary",
            "zone": "Europe/Berlin",
            "0-person": ids,
            "0-anchor": "2027-01-04T09:00",
            "1-name": "Business hours",
            "1-person": ids[:1],
        }
    )

    page = page.press("Create schedule")

    schedule = Schedule.objects.get()
    assert page.path == schedule.get_absolute_url()
    nights = [f"2027-01-{day} 22:00" for day in ("04", "11", "18", "25")]
    assert [on_call(schedule, night) for night in nights] == [
        *(["Alice"], ["Bob"], ["Charlie"], ["Alice"]),
    ]
    assert on_call(schedule, "2027-01-12 12:00") == ["Alice"]


def test_an_override_is_made_from_the_timeline(admin, people):
    schedule = make_schedule(people[0])
    page = go(admin, schedule.get_absolute_url())
    shifts = [url for url in page.source.split('"') if "/shift/?at=" in url]
    at = int(timezone.now().timestamp())
    present = [url for url in shifts if int(url.rpartition("=")[2]) <= at][-1]

    page = page.follow(present).follow("Override this time")
    page = page.fill(people=[str(people[1].pk)], reason="Vacation").press("Save override")

    assert "Vacation" in page.text
    assert "Bob" in go(admin, "/oncall/").text


def target(admin, term, label):
    """What the list of targets offers under this label."""
    found = admin.get("/admin/escalation/policy/targets/", {"term": term}).json()["results"]
    return next(row["id"] for row in found if row["text"].startswith(label))


def told():
    rows = Notification.objects.exclude(channel="inapp").exclude(user=None)
    return sorted(set(rows.values_list("user__name", "channel")))


def test_a_policy_is_made_step_by_step_linked_to_a_service_and_tried(admin, people):
    alice, bob, charlie = people
    schedule = make_schedule(alice)
    team = make_team(bob, charlie)
    shop = make_service(name="Shop")
    targets = [
        target(admin, schedule.name, f"{schedule.name}: on call"),
        target(admin, team.name, f"{team.name}: everybody"),
        target(admin, "Charlie", "Charlie"),
    ]

    page = go(admin, "/admin/escalation/policy/").follow("Add escalation policy")
    page = page.fill(name="Payment API", description="Primary, team, Charlie", repeats="1")
    first = {"steps-0-wait_seconds": "0", "steps-0-tells": targets[:1]}
    page = page.fill(**first).add("steps", wait_seconds="5", tells=targets[1:2])
    page = page.add("steps", wait_seconds="10", tells=targets[2:], step_channels=["email"])
    page = page.press("Save and continue editing")
    policy = Policy.objects.get()
    assert [step.wait_seconds for step in policy.steps.all()] == [0, 300, 600]

    ladder = page.follow("Ladder").fill(service=shop.pk).press("Add service")
    assert "Payment API is told of Shop from now on." in ladder.text

    form = go(admin, "/incidents/new/").fill(service=shop.pk, title="Test of the policy")
    form.press("Open and page")
    start = timezone.now()
    assert {name for name, _ in told()} == {"Alice"}
    advance_due(start + timedelta(minutes=6))
    assert {name for name, _ in told()} == {"Alice", "Bob", "Charlie"}
    incident = Incident.objects.get()
    go(admin, incident.get_absolute_url()).press("Acknowledge")
    before = told()
    advance_due(start + timedelta(hours=1))
    assert told() == before


def test_steps_are_put_in_another_order_and_one_is_deleted(admin, people):
    policy = make_policy(*people)
    page = go(admin, policy.get_absolute_url())

    page = page.fill(**{"steps-0-position": "2", "steps-2-position": "0", "steps-1-DELETE": "on"})
    page.press("Save")

    names = [[str(one) for one in step.targets.all()] for step in policy.steps.all()]
    assert names == [["Charlie"], ["Alice"]]


def test_a_policy_is_linked_on_the_page_of_the_service_too(admin, people):
    policy, shop = make_policy(people[0]), make_service(name="Shop")
    page = go(admin, f"/services/{shop.pk}/?tab=settings")

    page.fill(policy=policy.pk).press("Save", "/policy/")

    assert "Shop" in go(admin, f"/policies/{policy.pk}/ladder/").text
    assert go(admin, f"/policies/{policy.pk}/ladder/").press("Add service").text.count("Choose a")
