"""Messages in which no field says which problem they are about."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations import migrations
from integrations.engine import timers
from integrations.mapping import rules as mapping
from integrations.models import Integration
from integrations.setup import routing
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import log, post, work

SUBJECTS = {"source": "Probe", "fields": {"subject": "title", "status": "state"}}
SUBJECTS["close_when"] = {"values": ["up"]}
BODIES = {"source": "Probe", "fields": {"status": "state"}, "close_when": {"values": ["up"]}}
BANNER = "Nothing in these messages says which problem it is"


def key(rules, body):
    [event] = mapping.compile(rules).events(mapping.Received(body))
    return event.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "Disk full on web-1"}, {"text": "DB down on db-3"}),
        ({"title": "Disk full", "host": "web-1"}, {"title": "CPU busy", "host": "web-1"}),
        ({"host": "web-1", "check": "disk"}, {"host": "web-2", "check": "disk"}),
        ({"monitor_id": 5}, {"monitor_id": 6}),
        ({"labels": {"pod": "a"}}, {"labels": {"pod": "b"}}),
        ({"error_code": 500}, {"error_code": 404}),
        ({"id": 1, "created_at": "2026-11-01"}, {"id": 2, "created_at": "2026-11-01"}),
        (["web-1", "disk"], ["web-2", "disk"]),
        ({"metric": "cpu"}, {"metric": "disk"}),
        ({"value": {"pod": "a"}}, {"value": {"pod": "b"}}),
    ],
)
@pytest.mark.parametrize("rules", [SUBJECTS, BODIES], ids=["by subject", "by body"])
def test_messages_about_different_things_have_different_keys(rules, one, other):
    if rules is SUBJECTS or "title" not in one:
        assert key(rules, one) != key(rules, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": "Disk full", "n": 1}, {"title": "Disk full", "n": 2}),
        (
            {"title": "2026-11-29T10:00:00Z Disk full"},
            {"title": "2026-11-29T10:05:00Z Disk full"},
        ),
    ],
)
def test_the_same_subject_is_the_same_problem(one, other):
    assert key(SUBJECTS, one) == key(SUBJECTS, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("timestamp", "2026-11-29T10:00:00Z", "2026-11-29T10:05:00+01:00"),
        ("firedAt", 1794000000, 1794000300),
        ("updated", 1794000000000, 1794000300000),
        ("when", 1794000000, 1794000300),
        ("count", 1, 2),
        ("sequence", 17, 18),
        ("id", "a1", "b2"),
        ("event_id", 1, 2),
        ("messageId", "x", "y"),
        (
            "correlation",
            "0f7d1a52-2b6d-4c06-9a55-0b8f2f0a7712",
            "7b0e3f64-91d5-5b1c-a7a2-66f1c6a9d201",
        ),
        ("currentValue", 95, 96),
        ("load", 0.95, 0.97),
        ("values", {"B": 2.5}, {"B": 2.7}),
        ("last_ping", "Nov 3, 02:00", "Nov 3, 02:05"),
        ("note", "seen 10:00:00", "seen 10:05:01"),
        ("state", "down", "up"),
    ],
)
def test_what_changes_by_itself_is_no_part_of_the_body(name, one, other):
    same = {"host": "web-1", "check": "disk"}

    assert key(BODIES, {**same, name: one}) == key(BODIES, {**same, name: other})


def test_a_source_is_still_part_of_the_key():
    other = {**BODIES, "source": "Another"}

    assert key(BODIES, {"host": "a"}) != key(other, {"host": "a"})


def test_nothing_of_a_message_becomes_its_title_unless_a_rule_says_so():
    body = {"state": "down", "host": "web-1", "password": "hunter2-hunter2"}

    [event] = mapping.compile(BODIES).events(mapping.Received(body))

    assert event.subject == "Probe: down"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "one", "other"),
    [
        ("generic-webhook", {"text": "Disk full on web-1"}, {"text": "DB down on db-3"}),
        (
            "datadog",
            {"alert_transition": "Triggered", "alert_type": "error", "aggregation_key": "A"},
            {"alert_transition": "Triggered", "alert_type": "error", "aggregation_key": "B"},
        ),
        (
            "datadog",
            {"alert_transition": "Triggered", "title": "CPU of web-1"},
            {"alert_transition": "Triggered", "title": "CPU of web-2"},
        ),
        ("custom", {"status": "down", "title": "x"}, {"status": "down", "title": "y"}),
        ("custom", {"status": "down", "host": "x"}, {"status": "down", "host": "y"}),
    ],
)
def test_each_pages(client, template, one, other):
    integration = make_integration(template, service=make_service(make_policy(make_user())))
    for body in (one, other, one):
        post(client, integration, body)
    work()

    assert [alert.count for alert in Alert.objects.order_by("pk")] == [2, 1]
    assert Incident.objects.count() == 2
    assert Notification.objects.count() >= 2


@pytest.mark.django_db
def test_the_end_of_one_leaves_the_other_open(client):
    integration = make_integration("datadog", service=make_service(make_policy()))
    body = {"alert_transition": "Triggered", "alert_type": "error", "title": "x"}
    for name in "AB":
        post(client, integration, {**body, "aggregation_key": name, "title": name})
    work()

    end = {"alert_transition": "Recovered", "alert_type": "success"}
    post(client, integration, {**end, "aggregation_key": "B", "title": "B"})
    work()

    assert [alert.title for alert in Alert.objects.open()] == ["A"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("close_after", "hours"), [(None, 24), (60, 1), (0, None)], ids=["default", "own", "never"]
)
def test_what_nothing_identifies_closes_by_itself(client, close_after, hours):
    integration = make_integration("generic-webhook", service=make_service(make_policy()))
    if close_after is not None:
        routing.change_routing(integration.pk, {"close_after_minutes": close_after})
    post(client, integration, {"text": "Disk full"})
    work()

    alert = Alert.objects.get()
    wanted = alert.opened_at + timedelta(hours=hours) if hours else None
    assert alert.expires_at == wanted
    timers.run_timers(timezone.now() + timedelta(days=2))
    assert Alert.objects.open().exists() is (hours is None)


@pytest.mark.django_db
def test_what_has_an_id_does_not_close_by_itself(client):
    integration = make_integration("generic-webhook", service=make_service(make_policy()))
    post(client, integration, {"title": "Disk full", "id": 7})
    work()

    assert Alert.objects.get().expires_at is None


@pytest.mark.django_db
def test_the_page_of_such_an_integration_says_so_and_proposes_a_time(client):
    integration = make_integration("generic-webhook", service=make_service(make_policy()))
    address = f"/integrations/{integration.pk}/"
    post(client, integration, {"title": "Disk full", "id": 7})
    work()
    assert BANNER not in text_of(admin_browser().get(address))

    post(client, integration, {"text": "Disk full"})
    work()
    page = admin_browser().get(address)

    assert BANNER in text_of(page)
    assert "close after 1440 minutes" in text_of(page)
    assert 'placeholder="1440"' in page.content.decode()


@pytest.mark.django_db
def test_open_alerts_of_before_are_found_by_their_end(client):
    integration = make_integration("custom", rules=SUBJECTS, service=make_service(make_policy()))
    for title in ("Disk full since 10:00:00", "CPU busy"):
        post(client, integration, {"title": title, "state": "down"})
    work()
    [path] = Path(migrations.__path__[0]).glob("*_keys_of_unidentified_alerts.py")
    migration = import_module(f"{migrations.__name__}.{path.stem}")
    second = Alert.objects.get(title="CPU busy")
    second.incident.alerts.all().delete()
    old_key = migration.digest(["Probe", "", ""])
    Alert.objects.update(key=old_key, expires_at=None)

    migration.rekey(apps, None)
    assert Alert.objects.get().expires_at is not None
    post(client, integration, {"title": "CPU busy", "state": "up"})
    post(client, integration, {"title": "Disk full since 10:07:00", "state": "up"})
    work()

    assert log()[-2:] == ["Mapped Ignored", "Mapped (closed)"]
    assert not Alert.objects.open().exists()
    assert Integration.objects.get().rules == SUBJECTS
