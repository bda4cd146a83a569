"""What was held back pages when its window ends, earlier, later, or with many at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import reconcile
from escalation.actions import start as escalation_start
from escalation.models import Run
from incidents.actions import ingest, respond
from incidents.models import Incident
from incidents.report import Suppression
from integrations.engine import maintenance_end, timers
from integrations.models import InboundMessage, MaintenanceWindow
from integrations.setup import maintenance
from notifications.models import Notification
from tests.factories import (
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.integrations.test_suppression import arrive, delayed, told
from tests.integrations.windows import held, make_window, monitor
from tests.timers import advance_due

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


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
    assert turns == 5
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
