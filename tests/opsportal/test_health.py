import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from escalation.actions import process_health
from escalation.models import Run
from incidents.actions import api_keys
from incidents.models import Incident, Service
from integrations.models import InboundMessage
from notifications.models import Lane, Notification
from opsportal.runtime import health
from tests.factories import make_catch_all, make_user

pytestmark = pytest.mark.django_db
PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
PARTS = ["worker", "scheduler", "engine"]


@pytest.fixture
def now():
    """A time at which every part has just reported."""
    now = timezone.now()
    for part in PARTS:
        process_health.record_heartbeat(part, now=now)
    make_catch_all(make_user())
    return now


@pytest.fixture
def incident():
    return Incident.objects.create(service=Service.objects.create(name="Shop"), title="Down")


def test_all_is_well_while_every_part_gives_signs_of_life(now, client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert health.problems() == []


@pytest.mark.parametrize("fields", [None, {"is_active": False}])
def test_a_catch_all_that_tells_nobody_is_said_on_every_page(now, fields):
    make_catch_all(*[make_user(**fields)] if fields else [])

    assert health.problems() == [health.NO_CATCH_ALL]


def test_before_the_first_sign_of_life_nothing_is_well(client):
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["components"]["scheduler"]["note"] == "has not reported yet"


@pytest.mark.parametrize("part", PARTS)
def test_a_silent_part_is_named(now, part, client):
    process_health.record_heartbeat(part, now=now - timedelta(seconds=90))

    answer = client.get("/healthz")

    found = answer.json()["components"]
    assert answer.status_code == 503
    assert [name for name in found if not found[name]["ok"]] == [part]
    assert 90 <= found[part]["age_s"] < 95
    (problem,) = health.problems()
    assert re.fullmatch(rf"{part}: has been silent for 9\d s", problem)


@pytest.mark.parametrize(
    ("lane", "shown"),
    [
        ("sms: Kannel: in the basement", "SMS, Kannel: in the basement"),
        ("https://chat.example/… b74f", "receiver https://chat.example/… b74f"),
        ("Email", "Email"),
    ],
)
def test_a_destination_that_fails_is_called_as_people_call_it(now, lane, shown):
    fail(lane, now)

    [problem] = health.problems()
    assert problem.startswith(f"{shown}: has failed for 4")


@pytest.mark.parametrize(("late_s", "well"), [(50, True), (70, False)])
def test_a_message_that_nobody_works_off_is_the_engines_fault(now, late_s, well):
    then = now - timedelta(seconds=late_s)
    InboundMessage.objects.create(route="post", body=b"{}", body_digest="", ready_at=then)

    found = health.examine(now)

    assert found["engine"].ok is well
    assert found["engine"].note == ("" if well else "a message waits for 70 s")
    assert found["scheduler"].ok
    assert found["worker"].ok


@pytest.mark.parametrize(("late_s", "well"), [(20, True), (40, False)])
def test_a_late_step_is_the_clocks_fault(now, incident, late_s, well):
    Run.objects.create(incident=incident, next_step_at=now - timedelta(seconds=late_s))

    found = health.examine(now)

    assert found["scheduler"].ok is well
    assert found["scheduler"].note == ("" if well else "an escalation step is 40 s late")
    assert found["engine"].ok
    assert found["worker"].ok


@pytest.mark.parametrize(("lease_over_for_s", "well"), [(-60, True), (20, True), (40, False)])
def test_a_run_that_is_tried_again_every_minute_does_not_make_the_portal_unwell(
    now, incident, lease_over_for_s, well
):
    Run.objects.create(
        incident=incident,
        next_step_at=now - timedelta(minutes=10),
        leased_until=now - timedelta(seconds=lease_over_for_s),
    )

    assert health.examine(now)["scheduler"].ok is well


@pytest.mark.parametrize(("late_s", "well"), [(50, True), (70, False)])
def test_a_notification_that_nobody_sends_is_the_workers_fault(now, incident, late_s, well):
    then = now - timedelta(seconds=late_s)
    Notification.objects.create(incident=incident, channel="email", next_attempt_at=then)

    found = health.examine(now)

    assert found["worker"].ok is well
    assert found["worker"].note == ("" if well else "a notification waits for 70 s")
    assert found["scheduler"].ok
    assert found["engine"].ok


def test_a_message_that_is_spooled_for_later_is_not_late(now):
    later = now + timedelta(minutes=5)
    InboundMessage.objects.create(route="post", body=b"{}", body_digest="", ready_at=later)

    assert all(condition.ok for condition in health.examine(now).values())


def fail(key, now, **fields):
    return Lane.objects.create(
        key=key,
        failures=2,
        failing_since=now - timedelta(seconds=40),
        failed_at=now,
        opened_until=now + timedelta(seconds=10),
        last_error="550 5.4.5 Daily limit",
        **fields,
    )


def test_mail_that_is_refused_makes_the_portal_unwell_and_is_said_on_every_page(now, client):
    fail("Email", now)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    found = answer.json()["components"]["Email"]
    assert found["note"].endswith("s, and is tried again")
    assert 40 <= found["age_s"] < 60
    assert health.problems() == [f"Email: {found['note']}: 550 5.4.5 Daily limit"]


RECEIVER = "https://hook.example/… 0123abcd"


def test_a_receiver_that_fails_is_said_and_does_not_make_the_portal_unwell(now, client):
    fail(RECEIVER, now)

    answer = client.get("/healthz")

    assert answer.status_code == 200
    [found] = [one for name, one in answer.json()["components"].items() if "receiver" in name]
    assert found["note"].endswith("s, and is tried again")
    assert 40 <= found["age_s"] < 60
    assert len(health.problems()) == 1


def ask_with(*scopes):
    person = make_user()
    key = api_keys.create_key(person, "a monitor", scopes)[1]
    return {"headers": {"Authorization": f"Bearer {key}"}}


STRANGERS = {
    "nobody": dict,
    "a key with another scope": lambda: ask_with("incidents:read"),
    "a key that is none": lambda: {"headers": {"X-API-Key": "sk_live_none"}},
    "a session that is none": lambda: {"headers": {"Cookie": "sessionid=none"}},
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_learn_what_is_unwell_and_nothing_of_what_servers_say(now, client, stranger):
    fail("Email", now)
    fail(RECEIVER, now)

    answer = client.get("/healthz", **STRANGERS[stranger]())

    assert answer.status_code == 503
    found = answer.json()["components"]
    assert "has failed for" in found["Email"]["note"]
    assert set(found["Email"]) == {"ok", "age_s", "note"}
    assert len(found) == len({"web", "database", *PARTS, "Email", RECEIVER})
    assert "550" not in answer.text
    assert "hook.example" not in answer.text
    assert "0123abcd" not in answer.text


@pytest.mark.parametrize("way", ["session", "key"])
def test_who_may_read_the_configuration_learns_what_servers_say(now, client, way):
    fail("Email", now)
    fail(RECEIVER, now)
    if way == "session":
        client.force_login(make_user())

    answer = client.get("/healthz", **(ask_with("config:read") if way == "key" else {}))

    found = answer.json()["components"]
    assert found["Email"]["note"].endswith("s, and is tried again: 550 5.4.5 Daily limit")
    assert found[RECEIVER]["note"].endswith("s, and is tried again: 550 5.4.5 Daily limit")


def test_somebody_who_may_not_open_the_portal_is_a_stranger(now, client):
    fail("Email", now)
    client.force_login(make_user(is_staff=False))

    assert "550" not in client.get("/healthz").text


def test_a_destination_that_is_well_again_or_was_not_used_for_long_is_not_named(now):
    fail("Email", now - timedelta(minutes=11))
    Lane.objects.create(key="https://slow.example/… 0123abcd", took_s=9)

    assert set(health.examine(now)) == {"web", "database", *PARTS}


def test_asking_again_costs_four_queries_at_most(now, client, django_assert_max_num_queries):
    client.get("/healthz")  # It tries a write, at most once in 5 s.

    with django_assert_max_num_queries(4):
        client.get("/healthz")


def test_it_says_the_version_that_runs(now, client):
    assert client.get("/healthz").json()["version"] == PROJECT["version"]


def test_it_cannot_be_posted_to(client):
    assert client.post("/healthz").status_code == 405
