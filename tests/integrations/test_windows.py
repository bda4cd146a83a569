"""Maintenance windows: what they hold back, and what becomes of it when they change."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import reconcile
from escalation.actions import start as escalation_start
from escalation.models import Run
from incidents.actions import ingest, respond
from incidents.errors import InvalidRequest
from incidents.models import Alert, Incident
from incidents.report import Suppression
from integrations.engine import maintenance_end, timers
from integrations.errors import RulesError
from integrations.maintenance.matching import state_of
from integrations.models import InboundMessage, MaintenanceWindow
from integrations.setup import maintenance
from notifications.models import Notification
from tests.factories import (
    make_integration,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.integrations.test_suppression import arrive, delayed, told
from tests.timers import advance_due

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


def make_window(*targets, begins=-10, ends=60, **fields):
    """A window from and to so many minutes from now, for these services and integrations."""
    now = timezone.now()
    fields.setdefault("name", "Patch night")
    fields.setdefault("starts_at", now + minutes(begins))
    fields.setdefault("ends_at", now + minutes(ends))
    kinds = {"services": [], "integrations": []}
    for target in targets:
        kinds[f"{target._meta.model_name}s"].append(target)
    return maintenance.add_window(**kinds, is_for_all=not targets, **fields)


def monitor(number, **fields):
    return {"event": "ALERT_FAILURE", "monitor": {"id": number, "name": f"Shop {number}"}} | fields


def held():
    return list(
        Incident.objects.exclude(suppressed_reason="").values_list("suppressed_reason", flat=True)
    )


def rows_for(path, *values, operator="equals"):
    return [{"path": path, "operator": operator, "values": list(values)}]


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


def test_l14_a_window_that_is_ended_early_pages_at_once(client):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=timezone.now())

    maintenance.end_window(window.pk)

    assert held() == []
    assert Run.objects.get().state == "escalating"
    assert told() == 2
    assert (
        Incident.objects.get().timeline.get(verb="notifications_resumed").text
        == "The maintenance is over"
    )


def test_ending_it_twice_changes_nothing(client):
    integration = delayed({})
    window = make_window(integration)
    first = maintenance.end_window(window.pk)

    assert maintenance.end_window(window.pk).ended_at == first.ended_at


def test_l14_a_window_that_is_deleted_pages_at_once(client):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=timezone.now())

    maintenance.delete_window(window.pk)

    assert held() == []
    assert told() == 2


def test_l14_a_window_that_is_prolonged_holds_until_its_new_end(client, now):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=now)

    maintenance.change_window(window.pk, ends_at=window.ends_at + HOUR)
    advance_due(window.ends_at)

    incident = Incident.objects.get()
    assert incident.suppressed_until == Run.objects.get().next_step_at == window.ends_at + HOUR
    assert told() == 0
    advance_due(window.ends_at + HOUR)
    assert told() == 2


def test_l14_a_window_that_is_shortened_to_the_past_pages_at_once(client, now):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=now)

    maintenance.change_window(window.pk, ends_at=now - minutes(1))

    assert held() == []


def test_what_another_window_still_covers_stays_held_when_one_is_deleted(client):
    integration = delayed({})
    first = make_window(integration, ends=20)
    longer = make_window(integration.service, name="Longer", ends=40)
    arrive(client, integration, FAILURE, at=timezone.now())

    maintenance.delete_window(longer.pk)

    incident = Incident.objects.get()
    assert (incident.suppressed_reason, incident.suppressed_until) == (
        "maintenance: Patch night",
        first.ends_at,
    )
    assert Run.objects.get().next_step_at == first.ends_at


def test_what_a_delay_would_hold_goes_on_waiting_for_that_when_the_window_ends_early(client, now):
    integration = delayed({"delay": {"rule": "minutes", "minutes": 30}})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=now)

    maintenance.end_window(window.pk)

    incident = Incident.objects.get()
    assert incident.suppressed_reason == "it waits 30 min for its end"
    assert incident.suppressed_until == now + minutes(30)


def test_l14_what_closed_within_the_window_pages_nobody_at_its_end(client):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, RECOVERY, at=timezone.now())

    reconcile.reconcile_runs(now=timezone.now())
    advance_due(window.ends_at)
    maintenance.delete_window(window.pk)

    assert Incident.objects.get().status == "resolved"
    assert told() == 0


def test_l14_an_engine_that_was_down_over_the_end_pages_what_is_still_open(client, now):
    integration = delayed({})
    make_window(integration, begins=-30, ends=-1)
    for number, body in [(1, monitor(1)), (2, monitor(2)), (3, monitor(2, event="ALERT_RECOVERY"))]:
        post(client, integration, body)
        newest = InboundMessage.objects.latest("pk")
        InboundMessage.objects.filter(pk=newest.pk).update(received_at=now - minutes(20 - number))

    work()
    reconcile.reconcile_runs(now=now)
    advance_due(timezone.now())

    assert log() == ["Mapped (suppressed)", "Mapped (suppressed)", "Mapped (closed)"]
    assert Incident.objects.get(status="open").suppressed_reason == ""
    assert told() == 2


def test_who_takes_it_within_the_window_is_not_paged_by_a_change_of_it(client):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=timezone.now())
    respond.acknowledge(Incident.objects.get().pk, by=make_user())

    maintenance.end_window(window.pk)
    reconcile.reconcile_runs(now=timezone.now())

    assert Run.objects.get().state == "paused"
    assert not Notification.objects.filter(event="incident.triggered").exists()


def test_the_sweep_finds_what_came_in_while_a_window_was_being_deleted(client):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=timezone.now())
    MaintenanceWindow.objects.filter(pk=window.pk).delete()  # As if its verb had come too early.
    maintenance_end._last_run["at_s"] = 0.0

    timers.run_timers(timezone.now())

    assert held() == []
    assert timers.next_timer() is None


def test_without_anything_held_a_change_costs_few_queries(django_assert_max_num_queries):
    window = make_window(make_service())

    with django_assert_max_num_queries(12):
        maintenance.end_window(window.pk)


def hold_many(count, service, until):
    reports = [
        make_report(
            service,
            key=f"{count}-{number}",
            suppression=Suppression("maintenance: Patch night", until, result="suppressed"),
            suppressed_by="Patch night",
        )
        for number in range(count)
    ]
    results = ingest.report(reports)
    policy = service.default_policy.policy
    starts = [escalation_start.RunStart.by_policy(o.incident_id, policy) for o in results]
    escalation_start.start_runs(starts, now=timezone.now())


def test_a_thousand_that_end_at_the_same_second_all_page_through_the_clock(now):
    service = make_service(make_policy(make_user()))
    window = make_window(service)
    hold_many(1000, service, window.ends_at)

    turns = 0
    while advance_due(window.ends_at):
        turns += 1

    assert held() == []
    assert turns == 20
    paged = Incident.objects.filter(timeline__verb="paged").distinct().count()
    assert paged == 1000


def test_a_change_with_many_held_costs_as_many_queries_as_with_a_few(now):
    service = make_service(make_policy(make_user()))
    window = make_window(service)

    def cost(count, later):
        hold_many(count, service, window.ends_at)
        with CaptureQueriesContext(connection) as queries:
            maintenance.change_window(window.pk, ends_at=window.ends_at + minutes(later))
        return len(queries)

    few, many = cost(5, 5), cost(100, 10)

    assert many == few
    assert set(Incident.objects.values_list("suppressed_until", flat=True)) == {
        window.ends_at + minutes(10)
    }


def test_more_than_fifty_are_left_to_the_clock_and_are_due_at_once(now):
    service = make_service(make_policy(make_user()))
    window = make_window(service)
    hold_many(60, service, window.ends_at)

    maintenance.end_window(window.pk)
    while advance_due(timezone.now()):
        pass

    assert held() == []


# What may be changed.


def test_a_series_whose_present_occurrence_is_ended_takes_place_again(now):
    window = make_window(recurrence="daily", ends=30)

    maintenance.end_window(window.pk)

    assert state(window) == "planned"


def state(window):
    return state_of(MaintenanceWindow.objects.get(pk=window.pk), timezone.now())


def test_a_series_that_is_ended_takes_place_no_more():
    window = make_window(recurrence="daily", ends=30)

    maintenance.end_window(window.pk, series=True)

    assert state(window) == "past"


def test_of_an_active_window_only_its_end_and_words_may_be_changed():
    window = make_window(make_service())

    with pytest.raises(InvalidRequest, match=r"^services: the window is current; only these"):
        maintenance.change_window(window.pk, services=[make_service()])


def test_a_past_window_stays_as_it_was():
    window = make_window(begins=-20, ends=-10)

    with pytest.raises(InvalidRequest, match=r"^ends_at: the window is past"):
        maintenance.change_window(window.pk, ends_at=timezone.now() + HOUR)


def test_another_end_of_the_present_occurrence_makes_all_of_a_series_as_long(now):
    start = now - timedelta(days=2, minutes=10)
    window = make_window(recurrence="daily", starts_at=start, ends_at=start + HOUR)

    changed = maintenance.prolong(window.pk, now + minutes(110))

    assert changed.ends_at == start + 2 * HOUR


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ends_at": timezone.now() - HOUR, "starts_at": timezone.now()}, "ends_at: It must end"),
        ({"recurrence": "weekly"}, "weekdays: Choose at least one"),
        ({"recurrence": "weekly", "weekdays": ["tue", "noday"]}, "weekdays: “noday” is none"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone: there is no"),
        ({"name": " "}, "name: it needs one"),
        ({"ends": 25 * 60, "recurrence": "daily"}, "ends_at: It must be over before"),
        ({"ends": 93 * 24 * 60}, "ends_at: It may last 92 days at most"),
    ],
)
def test_a_window_that_cannot_be_is_refused_with_its_field(fields, said):
    with pytest.raises(InvalidRequest, match=f"^{said}"):
        make_window(**fields)

    assert not MaintenanceWindow.objects.exists()


def test_everything_has_to_be_said():
    now = timezone.now()

    with pytest.raises(InvalidRequest, match=r"^is_for_all: choose"):
        maintenance.add_window(name="Patch night", starts_at=now, ends_at=now + HOUR)


def test_a_filter_on_what_is_no_field_of_an_alert_is_refused_with_its_place():
    with pytest.raises(RulesError, match=r"conditions\[0\]: “labels.host” is no field"):
        make_window(conditions=rows_for("labels.host", "db"))


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
