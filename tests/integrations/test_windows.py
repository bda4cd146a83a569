"""Maintenance windows: what they hold back, and what becomes of it when they change."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.models import Run
from incidents.models import Alert, Incident
from integrations.models import MaintenanceWindow
from integrations.setup import maintenance
from notifications.models import Notification
from tests.factories import (
    make_integration,
    make_policy,
    make_service,
    make_user,
)
from tests.integrations.posting import FAILURE, RECOVERY, log
from tests.integrations.test_suppression import arrive, delayed, told
from tests.integrations.windows import held, make_window, rows_for

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


# What it is for.


def test_a_window_for_everything_holds_back_what_any_integration_reports(client):
    integration = delayed({})
    make_window()

    arrive(client, integration, FAILURE, at=timezone.now())

    assert held() == ["maintenance: Patch night"]
    assert log() == ["Mapped (suppressed)"]
    assert told() == 0


def test_a_window_for_a_service_holds_back_the_alerts_of_its_integrations_only(client):
    integration, other = delayed({}), make_integration()
    make_window(integration.service)

    arrive(client, integration, FAILURE, at=timezone.now())
    arrive(client, other, FAILURE, at=timezone.now())

    assert held() == ["maintenance: Patch night"]
    assert Incident.objects.get(suppressed_reason="").service == other.service


@pytest.mark.parametrize(
    ("conditions", "is_held"),
    [
        (rows_for("title", "Shop", operator="contains"), True),
        (rows_for("source_name", "Shop"), True),
        (rows_for("severity", "info", "warning"), False),
        (rows_for("source_name", "Shop") + rows_for("severity", "info"), False),
        (rows_for("tags.env", operator="does not exist"), True),
    ],
)
def test_filters_look_at_the_fields_of_the_alert_and_all_must_hold(client, conditions, is_held):
    integration = delayed({})
    make_window(integration, conditions=conditions)

    arrive(client, integration, FAILURE, at=timezone.now())

    assert bool(held()) is is_held


def test_a_window_whose_filters_cannot_work_holds_nothing_back(client):
    integration = delayed({})
    window = make_window(integration)
    MaintenanceWindow.objects.filter(pk=window.pk).update(conditions=rows_for("no_field", "x"))

    arrive(client, integration, FAILURE, at=timezone.now())

    assert held() == []


def test_what_is_open_already_goes_on_paging_and_is_updated_and_closed(client):
    integration = delayed({})
    arrive(client, integration, FAILURE, at=timezone.now())
    paged = told()
    make_window(integration)

    arrive(client, integration, FAILURE, RECOVERY, at=timezone.now())

    assert held() == []
    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"]
    assert told() > paged
    assert Incident.objects.get().status == "resolved"


def test_an_alert_that_gets_worse_within_the_window_stays_held(client, now):
    service = make_service(make_policy(make_user()))
    window = make_window(service, conditions=rows_for("severity", "warning"))
    integration = make_integration("generic-webhook", service=service)
    body = {"summary": "Disk", "dedup_key": "disk"}
    arrive(client, integration, body | {"severity": "warning"}, at=now)

    arrive(client, integration, body | {"severity": "critical"}, at=now)
    maintenance.change_window(window.pk, note="Something else is written here.")

    assert Incident.objects.get().severity == "critical"
    assert held() == ["maintenance: Patch night"]
    assert not Notification.objects.exists()


# When it ends.


def test_of_overlapping_windows_the_last_end_counts(client):
    integration = delayed({})
    make_window(integration, ends=20)
    last = make_window(integration.service, name="Longer", begins=10, ends=40)

    arrive(client, integration, FAILURE, at=timezone.now())

    assert Incident.objects.get().suppressed_until == Run.objects.get().next_step_at == last.ends_at


def test_a_window_after_a_gap_does_not_prolong_the_hold(client):
    integration = delayed({})
    first = make_window(integration, ends=20)
    make_window(integration, name="Later", begins=21, ends=40)

    arrive(client, integration, FAILURE, at=timezone.now())

    assert Incident.objects.get().suppressed_until == first.ends_at


def test_a_recurring_window_holds_until_the_end_of_its_present_occurrence(client, now):
    integration = delayed({})
    window = make_window(
        integration,
        recurrence="daily",
        starts_at=now - timedelta(days=3, minutes=5),
        ends_at=now - timedelta(days=3, minutes=-25),
    )

    arrive(client, integration, FAILURE, at=now)

    assert Incident.objects.get().suppressed_until == window.ends_at + timedelta(days=3)


def test_an_alert_keeps_what_it_is_looked_at_again_by(client):
    integration = delayed({})
    make_window(integration)

    arrive(client, integration, FAILURE, at=timezone.now())

    alert = Alert.objects.get()
    assert alert.suppressed_by == "Patch night"
    assert alert.attributes["maintenance"] == {
        "integration": integration.pk,
        "severity": alert.severity,
    }
