"""Held back: by a rule of the integration, or by a maintenance."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import escalate, process_health, reconcile, suppression
from escalation.models import Run
from incidents.actions import respond
from incidents.models import Alert, Incident
from incidents.report import Suppression
from integrations.models import InboundMessage, MaintenanceWindow
from integrations.setup import routing as integration_routing
from notifications.actions import updates
from notifications.models import Notification, ServiceNotificationSettings
from opsportal.runtime import health
from tests.factories import (
    NOON,
    make_integration,
    make_policy,
    make_service,
    make_shared_channel,
    make_user,
    minutes,
)
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.timers import advance_due

pytestmark = pytest.mark.django_db

TEN_MINUTES = {"delay": {"rule": "minutes", "minutes": 10}}
EVERY_THIRD = {"delay": {"rule": "every_alerts", "alerts": 3}}
THREE_IN_FIVE = {"delay": {"rule": "alerts_within", "alerts": 3, "minutes": 5}}
NINE_TO_FIVE = {
    "time_zone": "Europe/Berlin",
    "delay": {
        "rule": "support_hours",
        "hours": [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}],
    },
}


def delayed(routing, service=None):
    """An integration with this routing, whose service tells everything to a shared channel."""
    service = service or make_service(make_policy(make_user()))
    notice = ServiceNotificationSettings.objects.create(
        service=service, on_triggered=True, on_acknowledged=True, on_resolved=True
    )
    notice.channels.add(make_shared_channel())
    return make_integration(service=service, routing=routing)


def arrive(client, integration, *bodies, at):
    """These come in and are worked off as if it was then."""
    for body in bodies:
        post(client, integration, body)
        newest = InboundMessage.objects.latest("pk")
        InboundMessage.objects.filter(pk=newest.pk).update(received_at=at)
        work()


def told():
    """How many notifications were written, once everything that can be announced is announced."""
    updates.notify_status_updates()
    return Notification.objects.exclude(channel="inapp").count()


def held():
    return Incident.objects.get().suppressed_reason


def test_what_waits_for_its_end_is_open_and_visible_and_tells_nobody(client):
    integration = delayed(TEN_MINUTES)

    arrive(client, integration, FAILURE, at=NOON)

    incident, run = Incident.objects.get(), Run.objects.get()
    assert log() == ["Mapped (delayed)"]
    assert InboundMessage.objects.get().reason == (
        "it waits 10 min for its end, until 2026-03-02 12:10:00 UTC"
    )
    assert (incident.status, incident.suppressed_reason) == ("open", "it waits 10 min for its end")
    assert incident.suppressed_until == run.next_step_at == NOON + minutes(10)
    assert (run.state, run.plan.name) == (
        "suppressed",
        integration.service.default_policy.policy.name,
    )
    assert told() == 0


def test_at_its_time_it_pages_and_is_announced_as_new(client):
    arrive(client, delayed(TEN_MINUTES), FAILURE, at=NOON)

    advance_due(NOON + minutes(10) - timedelta(milliseconds=1))
    assert held()
    advance_due(NOON + minutes(10))

    incident, run = Incident.objects.get(), Run.objects.get()
    assert (incident.suppressed_reason, incident.suppressed_until) == ("", NOON + minutes(10))
    assert run.state == "escalating"
    assert told() == 2
    assert set(Notification.objects.values_list("event", flat=True)) == {"incident.triggered"}
    lines = incident.timeline.values_list("verb", flat=True)
    assert list(lines)[:3] == ["opened", "notifications_resumed", "paged"]


def test_its_service_level_counts_from_when_people_are_told(client):
    service = make_service(make_policy(make_user()), acknowledge_within_minutes=5)
    arrive(client, delayed(TEN_MINUTES, service), FAILURE, at=NOON)

    incident = Incident.objects.get()
    assert (incident.acknowledge_by, incident.acknowledge_due_at) == (None, None)
    advance_due(NOON + minutes(10))

    incident.refresh_from_db()
    assert incident.acknowledge_by == incident.acknowledge_due_at == NOON + minutes(15)


@pytest.mark.parametrize("routing", [TEN_MINUTES, EVERY_THIRD, THREE_IN_FIVE])
def test_a_close_during_the_delay_is_silent(client, routing):
    integration = delayed(routing)
    arrive(client, integration, FAILURE, at=NOON)

    arrive(client, integration, RECOVERY, at=NOON + minutes(1))
    reconcile.reconcile_runs(now=NOON + minutes(2))
    advance_due(NOON + minutes(20))

    assert log() == ["Mapped (delayed)", "Mapped (closed)"]
    assert Incident.objects.get().status == "resolved"
    assert Run.objects.get().state == "finished"
    assert told() == 0
    assert not Notification.objects.exists()


def test_a_person_who_resolves_it_during_the_delay_tells_nobody(client):
    arrive(client, delayed(TEN_MINUTES), FAILURE, at=NOON)

    respond.resolve(Incident.objects.get().pk, by=make_user())
    reconcile.reconcile_runs(now=NOON + minutes(2))

    assert told() == 0
    assert Run.objects.get().state == "finished"


def test_every_third_message_pages(client):
    integration = delayed(EVERY_THIRD)

    arrive(client, integration, FAILURE, FAILURE, at=NOON)
    assert held() == "it pages with every 3 messages of the alert"
    assert Run.objects.get().next_step_at is None
    assert told() == 0
    arrive(client, integration, FAILURE, at=NOON + minutes(300))

    assert held() == ""
    assert told() == 2
    assert log() == ["Mapped (delayed)", "Mapped Appended", "Mapped Appended"]
    assert InboundMessage.objects.latest("pk").reason.startswith("It came for the 3rd time")


def test_each_further_third_message_pages_again_where_everybody_was_told(client):
    integration = delayed(EVERY_THIRD)
    arrive(client, integration, *[FAILURE] * 5, at=NOON)
    Run.objects.update(state="exhausted", next_step_at=None)

    arrive(client, integration, FAILURE, at=NOON)

    assert Incident.objects.get().paging_round == 2
    assert Run.objects.filter(paging_round=2).exists()


def test_a_further_third_message_changes_nothing_while_somebody_has_it(client):
    integration = delayed(EVERY_THIRD)
    arrive(client, integration, *[FAILURE] * 3, at=NOON)
    Run.objects.update(state="exhausted", next_step_at=None)
    respond.acknowledge(Incident.objects.get().pk, by=make_user())

    arrive(client, integration, *[FAILURE] * 3, at=NOON)

    assert Incident.objects.get().paging_round == 1


def test_three_messages_within_five_minutes_page_also_over_an_end_in_between(client):
    integration = delayed(THREE_IN_FIVE)
    arrive(client, integration, FAILURE, RECOVERY, at=NOON)
    arrive(client, integration, FAILURE, RECOVERY, at=NOON + minutes(2))

    arrive(client, integration, FAILURE, at=NOON + minutes(5))

    assert log()[-1] == "Mapped (opened)"
    assert Incident.objects.latest("pk").suppressed_reason == ""


def test_three_messages_over_more_than_five_minutes_page_nobody(client):
    integration = delayed(THREE_IN_FIVE)
    for minute in (0, 3, 6, 9, 12):
        arrive(client, integration, FAILURE, at=NOON + minutes(minute))

    assert held()
    assert len(Alert.objects.get().recent_occurrences) == 3
    arrive(client, integration, FAILURE, at=NOON + minutes(13))
    assert held() == ""


def test_flaps_within_one_batch_are_counted_too(client):
    integration = delayed(THREE_IN_FIVE)
    for body in (FAILURE, RECOVERY, FAILURE, RECOVERY, FAILURE):
        post(client, integration, body)

    work()

    assert [row.suppressed_reason for row in Incident.objects.order_by("pk")] == ["", "", ""]
    assert Incident.objects.latest("pk").status == "open"
    assert log()[-1] == "Mapped (opened)"


def test_outside_of_the_support_hours_it_waits_for_them(client):
    friday_night = datetime(2026, 3, 27, 22, tzinfo=UTC)

    arrive(client, delayed(NINE_TO_FIVE), FAILURE, at=friday_night)

    # Monday at nine in Berlin, where the clocks went forward on Sunday.
    assert Incident.objects.get().suppressed_until == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_within_the_support_hours_it_pages_at_once(client):
    arrive(client, delayed(NINE_TO_FIVE), FAILURE, at=NOON)

    assert log() == ["Mapped (opened)"]
    assert told() == 2


@pytest.mark.parametrize("routing", [TEN_MINUTES, EVERY_THIRD])
def test_page_now_tells_people_at_once(client, routing):
    arrive(client, delayed(routing), FAILURE, at=timezone.now())
    incident, alice = Incident.objects.get(), make_user()

    escalate.escalate(incident.pk, by=alice, via="web")

    incident.refresh_from_db()
    assert (incident.suppressed_reason, incident.status, incident.paging_round) == ("", "open", 1)
    assert incident.timeline.get(verb="notifications_resumed").by == alice
    assert told() == 2


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda pk: respond.acknowledge(pk, by=make_user()), "acknowledged"),
        (lambda pk: respond.assign(pk, make_user()), "acknowledged"),
        (lambda pk: respond.snooze(pk, timezone.now() + minutes(90)), "on_hold"),
    ],
    ids=["acknowledge", "assign", "snooze"],
)
def test_who_takes_it_during_the_delay_has_it(client, act, status):
    arrive(client, delayed(TEN_MINUTES), FAILURE, at=timezone.now())
    incident = Incident.objects.get()

    act(incident.pk)
    reconcile.reconcile_runs(now=timezone.now())
    advance_due(timezone.now() + minutes(20))

    incident.refresh_from_db()
    assert (incident.status, incident.suppressed_reason) == (status, "")
    assert Run.objects.get().state == "paused"
    assert not Notification.objects.filter(event="incident.triggered").exists()


def test_an_acknowledgement_that_does_not_stop_the_paging_begins_it(client):
    service = make_service(make_policy(make_user(), stops_when="assign"))
    arrive(client, delayed(EVERY_THIRD, service), FAILURE, at=timezone.now())
    incident = Incident.objects.get()

    respond.acknowledge(incident.pk, by=make_user())
    reconcile.reconcile_runs(now=timezone.now())

    assert Run.objects.get().state == "escalating"
    assert Notification.objects.filter(channel="email").exists()


def test_held_runs_are_neither_late_nor_adopted_nor_settled(client):
    arrive(client, delayed(EVERY_THIRD), FAILURE, at=NOON)
    process_health.record_heartbeat("scheduler", now=timezone.now())

    reconcile.reconcile_runs(now=timezone.now())
    assert reconcile.start_missing_runs(now=timezone.now()) == 0

    assert Run.objects.get().state == "suppressed"
    assert health.examine(timezone.now())["scheduler"].ok


def test_what_is_held_counts_nowhere_as_unattended(client):
    arrive(client, delayed(EVERY_THIRD), FAILURE, at=NOON)

    assert not Incident.objects.unattended().exists()
    assert Incident.objects.unresolved().exists()


def test_where_the_rule_is_taken_away_the_next_message_pages(client):
    integration = delayed(EVERY_THIRD)
    arrive(client, integration, FAILURE, at=NOON)

    integration_routing.change_routing(integration.pk, {})
    arrive(client, integration, FAILURE, at=NOON)

    assert held() == ""
    assert told() == 2


def test_a_batch_that_opens_and_reaches_the_count_pages_once(client):
    integration = delayed(EVERY_THIRD)
    for _ in range(3):
        post(client, integration, FAILURE)

    work()

    assert held() == ""
    assert Run.objects.get().state == "escalating"
    assert told() == 2


def test_twenty_that_end_their_wait_at_once_cost_as_many_queries_as_five(client):
    integration = delayed(TEN_MINUTES)

    def cost(count):
        for number in range(count):
            body = {"event": "ALERT_FAILURE", "monitor": {"id": f"{count}-{number}", "name": "S"}}
            post(client, integration, body)
        InboundMessage.objects.update(received_at=NOON)
        work()
        with CaptureQueriesContext(connection) as queries:
            advance_due(NOON + minutes(10))
        assert not Incident.objects.exclude(suppressed_reason="").exists()
        return len(queries)

    cost(1)  # What is looked up once.
    assert cost(20) == cost(5)


# Maintenance windows, which hold in the same way.


def window(integration, begins, ends, **fields):
    row = MaintenanceWindow.objects.create(
        name="Patch day", starts_at=begins, ends_at=ends, **fields
    )
    row.integrations.add(integration)
    return row


def test_in_a_maintenance_an_alert_is_kept_and_marked_and_pages_nobody(client):
    integration = delayed({})
    now = timezone.now()
    window(integration, now - minutes(10), now + minutes(10))

    arrive(client, integration, FAILURE, at=now)

    assert log() == ["Mapped (suppressed)"]
    assert Alert.objects.get().suppressed_by == "Patch day"
    assert held() == "maintenance: Patch day"
    assert told() == 0


def test_l14_a_window_that_ends_while_the_alert_is_open_pages_at_that_moment(client):
    integration = delayed({})
    now = timezone.now()
    window(integration, now - minutes(10), now + minutes(10))
    arrive(client, integration, FAILURE, at=now)

    advance_due(now + minutes(10))

    assert held() == ""
    assert told() == 2


def test_a_window_that_is_extended_or_ended_early_moves_the_end_of_the_hold(client):
    integration = delayed({})
    now = timezone.now()
    window(integration, now - minutes(10), now + minutes(10))
    arrive(client, integration, FAILURE, at=now)
    incident = Incident.objects.get()

    longer = Suppression(incident.suppressed_reason, now + minutes(30))
    suppression.update_suppression({incident.pk: longer}, now=now)
    advance_due(now + minutes(10))
    assert held()
    assert Run.objects.get().next_step_at == now + minutes(30)
    suppression.resume_notifications([incident.pk], now=now + minutes(12), text="Ended early")

    assert held() == ""
    assert told() == 2


def test_messages_in_a_maintenance_do_not_reach_the_count(client):
    integration = delayed(EVERY_THIRD)
    now = timezone.now()
    arrive(client, integration, FAILURE, at=now)
    window(integration, now - minutes(10), now + minutes(10))

    arrive(client, integration, FAILURE, FAILURE, FAILURE, at=now)

    assert held()


def test_a_delay_that_lasts_longer_than_the_maintenance_goes_on(client):
    integration = delayed({"delay": {"rule": "minutes", "minutes": 30}})
    now = timezone.now()
    window(integration, now - minutes(10), now + minutes(10))

    arrive(client, integration, FAILURE, at=now)

    assert Incident.objects.get().suppressed_until == now + minutes(30)


def test_a_window_of_another_integration_holds_nothing_back(client):
    integration = delayed({})
    now = timezone.now()
    window(make_integration(), now - minutes(10), now + minutes(10))

    arrive(client, integration, FAILURE, at=now)

    assert held() == ""


def test_l17_an_end_whose_beginning_never_came_is_kept_and_pages_nobody(client):
    arrive(client, delayed(TEN_MINUTES), RECOVERY, at=NOON)

    assert log() == ["Mapped Ignored"]
    assert InboundMessage.objects.get().reason == "resolve without an open alert of this key"
    assert not Incident.objects.exists()
    assert told() == 0
