"""The simulator leads a message by the real rules, and keeps nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from escalation.models import Run, Target
from incidents.models import Incident
from integrations.backtest import simulator
from integrations.models import InboundMessage, MaintenanceWindow
from integrations.setup import replay
from integrations.setup.samples import sample_of
from tests.api import make_person, owner
from tests.factories import (
    make_catch_all,
    make_integration,
    make_policy,
    make_schedule,
    make_service,
    make_user,
)
from tests.pages import browser, words

pytestmark = pytest.mark.django_db
SUNDAY_2_AM = datetime(2026, 3, 15, 2, tzinfo=UTC)


@pytest.fixture
def integration():
    policy = make_policy(make_user("Ana"), make_user("Bo"))
    make_catch_all(make_user("Last"))
    return make_integration("alertmanager", service=make_service(policy))


def message(integration, name="open"):
    return simulator.message_of_sample(integration, sample_of(integration, name))


def names(alert):
    return [[one.name for one in rung.told] for rung in alert.ladder.rungs]


def test_it_tells_who_when_and_by_what_and_keeps_nothing(integration):
    found = simulator.simulate(message(integration), SUNDAY_2_AM)

    alert = found.alerts[0]
    assert found.integration == integration
    assert names(alert) == [["Ana"], ["Bo"], ["Last"]]
    assert alert.ladder.rungs[0].at == SUNDAY_2_AM
    assert not Incident.objects.exists()
    assert not Run.objects.exists()
    assert not InboundMessage.objects.exists()


def test_the_routing_of_that_time_decides(integration):
    night = make_policy(make_user("Night owl"))
    integration.routing = {
        "time_zone": "UTC",
        "overrides": [{"days": ["sun"], "start": "00:00", "end": "06:00", "policy": night.pk}],
    }
    integration.save()

    sunday = simulator.simulate(message(integration), SUNDAY_2_AM)
    monday = simulator.simulate(message(integration), SUNDAY_2_AM + timedelta(days=1))

    assert names(sunday.alerts[0])[0] == ["Night owl"]
    assert names(monday.alerts[0])[0] == ["Ana"]


def test_support_hours_and_maintenance_put_it_off(integration):
    integration.routing = {
        "time_zone": "UTC",
        "delay": {
            "rule": "support_hours",
            "hours": [{"days": ["mon"], "start": "08:00", "end": "18:00"}],
        },
    }
    integration.save()

    alert = simulator.simulate(message(integration), SUNDAY_2_AM).alerts[0]
    assert alert.starts_at == datetime(2026, 3, 16, 8, tzinfo=UTC)
    assert alert.ladder.silence_s == 30 * 3600
    assert "support hours" in alert.reason

    window = MaintenanceWindow.objects.create(
        name="Works", starts_at=SUNDAY_2_AM, ends_at=SUNDAY_2_AM + timedelta(days=3)
    )
    window.services.add(integration.service)
    alert = simulator.simulate(message(integration), SUNDAY_2_AM + timedelta(hours=1)).alerts[0]
    assert (alert.starts_at, alert.reason) == (window.ends_at, "maintenance: Works")


def test_what_is_no_alert_says_why(integration):
    broken = simulator.message_of_text(integration, "{")
    assert simulator.simulate(broken, SUNDAY_2_AM).failure

    closing = simulator.simulate(message(integration, "close"), SUNDAY_2_AM).alerts[0]
    assert (closing.ladder, bool(closing.reason)) == (None, True)


def test_the_worst_minutes_of_the_week_are_those_in_which_nobody_is_on_call():
    ana = make_user("Ana")
    policy = make_policy([], [make_user("Bo")])
    schedule = make_schedule(ana)
    layer = schedule.versions.get()
    layer.definition["layers"][0]["windows"] = [
        {"days": [0, 1, 2, 3, 4], "start": "08:10", "end": "18:00", "plus_days": 0}
    ]
    layer.save()
    policy.steps.filter(position=1).update(wait_seconds=1200)
    Target.objects.create(step=policy.steps.first(), kind="user", user=make_user(email=False))
    Target.objects.create(step=policy.steps.last(), kind="schedule", schedule=schedule)
    integration = make_integration("alertmanager", service=make_service(policy))

    found = simulator.worst_minutes(message(integration), SUNDAY_2_AM)

    worst = found[0]
    assert worst.people == 1
    assert worst.first == ("Bo",)
    assert worst.start == SUNDAY_2_AM
    # The second step, at once after the first that reaches nobody, finds Ana from 08:10 on.
    assert worst.end == datetime(2026, 3, 16, 7, 10, tzinfo=UTC)
    assert max(span.people for span in found) == 2


def test_a_window_later_in_the_week_is_thought_of_at_the_cost_of_one_look(
    integration, django_assert_max_num_queries
):
    begins = SUNDAY_2_AM + timedelta(days=3)
    window = MaintenanceWindow.objects.create(
        name="Works", starts_at=begins, ends_at=begins + timedelta(days=1)
    )
    window.services.add(integration.service)

    with django_assert_max_num_queries(60):
        worst = simulator.worst_minutes(message(integration), SUNDAY_2_AM)[0]

    assert (worst.start, worst.silence_s) == (begins, 24 * 3600)
    assert worst.reason == "maintenance: Works"


def test_the_page_draws_the_ladder_and_the_week(integration):
    client = browser(make_person("Integrations Admin"))
    url = f"/integrations/{integration.pk}/simulate/"

    first = words(client.get(url))
    assert "0:05" in first
    assert "Ana" in first

    asked = {"message": "sample:open", "at": "2026-03-15T02:00", "do": "week"}
    found = words(client.post(url, asked))
    assert "Sun 02:00" in found
    assert "The worst minutes of the week" in found
    assert not Incident.objects.exists()


def test_the_page_simulates_what_is_pasted_and_what_is_in_the_log(integration):
    client = browser(make_person("Integrations Admin"))
    url = f"/integrations/{integration.pk}/simulate/"
    body = json.dumps(sample_of(integration, "open").body)
    row = replay.send_sample(integration.pk)

    pasted = words(client.post(url, {"message": "pasted", "pasted": body}))
    logged = words(client.post(url, {"message": f"message:{row.pk}"}))
    nothing = words(client.post(url, {"message": "pasted"}))
    wrong = client.post(url, {"message": "message:999999", "at": "soon"})

    assert "Ana" in pasted
    assert "Ana" in logged
    assert "Choose a message" in nothing
    assert wrong.status_code == 422


def test_the_api_simulates(integration):
    path = f"/api/v1/integrations/{integration.pk}/simulate/"
    client = owner()

    found = client.post(path, {"at": "2026-03-15T02:00:00Z", "worst": True}).json()

    [alert] = found["alerts"]
    assert (found["integration"], alert["urgency"]) == (integration.pk, "high")
    assert alert["ladder"]["rungs"][1]["after_seconds"] == 300
    assert found["worst"][0]["people"] == 3
    body = sample_of(integration, "open").body
    assert client.post(path, {"body": body}).json()["alerts"][0]["ladder"]
    assert client.post(path, {"body": {"x": 1}}).json()["failure"]
    for wrong in ({"sample": "nothing"}, {"message": 12345}, {"sample": "open", "body": {}}):
        assert client.post(path, wrong).status_code in (400, 409), wrong
    assert not Incident.objects.exists()


def test_the_service_gives_the_urgency_of_that_time_and_low_urgency_waits(integration):
    service = integration.service
    service.support_hours = [{"days": ["mon"], "start": "08:00", "end": "18:00"}]
    service.urgency_rule = "by_hours"
    service.save()

    night = simulator.simulate(message(integration), SUNDAY_2_AM).alerts[0]
    day = simulator.simulate(message(integration), datetime(2026, 3, 16, 9, tzinfo=UTC)).alerts[0]

    assert (night.case.urgency, day.case.urgency) == ("low", "high")
    assert night.starts_at == datetime(2026, 3, 16, 8, tzinfo=UTC)
    assert "support hours" in night.reason
    assert day.ladder.silence_s == 0
    worst = simulator.worst_minutes(message(integration), SUNDAY_2_AM)[0]
    assert worst.silence_s > 6 * 24 * 3600 - 10 * 3600
