"""After a pause of the engine what waits for a sender waits anew: it could not have been heard."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.actions import ingest as escalation_ingest
from escalation.models import ProcessHeartbeat, Run
from incidents.actions import ingest
from incidents.models import Alert, Incident
from integrations.engine import pauses, timers
from integrations.heartbeats import pings
from integrations.management.commands.engine import Command
from integrations.models import Heartbeat
from integrations.setup import heartbeats
from opsportal.lib.pg_notify import ENGINE, Listener
from opsportal.runtime import health
from tests.factories import NOON, make_policy, make_report, make_service, make_user, minutes
from tests.integrations.heartbeats import make_heartbeat, ping, row, state
from tests.integrations.posting import work

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def watched(at):
    """As if an engine had last looked at its timers then."""
    ProcessHeartbeat.objects.update_or_create(process="engine", defaults={"at": at, "facts": {}})


def expecting(due_at, **fields):
    """A heartbeat of one minute and half a minute of grace, or of these fields."""
    fields = {"every_seconds": 60, "grace_seconds": 30} | fields
    integration = make_heartbeat(starts_immediately=True, **fields)
    grace = timedelta(seconds=fields["grace_seconds"])
    Heartbeat.objects.filter(pk=integration.pk).update(due_at=due_at, alert_after=due_at + grace)
    return integration


def expiring(key="k", since=NOON):
    """An alert that closes unless it is repeated within ten minutes."""
    report = make_report(make_service(), key=key, at=since, expires_at=since + minutes(10))
    ingest.report([report])
    return Alert.objects.get(key=key)


def looked(at):
    """An engine looks at its timers: the time, and what it does then."""
    pauses.watch(at)
    timers.run_timers(at)


def test_after_a_stop_of_two_minutes_a_heartbeat_has_a_whole_period():
    integration = expecting(NOON + minutes(1))
    watched(NOON)

    looked(NOON + minutes(2))

    assert row(integration).due_at == NOON + minutes(3)
    assert row(integration).alert_after == NOON + minutes(3) + timedelta(seconds=30)
    assert row(integration).down_since is None


def test_who_is_silent_after_that_is_down_and_the_alert_says_that_the_portal_was_away():
    integration = expecting(NOON + minutes(1))
    watched(NOON)
    looked(NOON + minutes(2))

    for second in range(0, 90, 5):
        looked(NOON + minutes(2) + timedelta(seconds=second))
    assert row(integration).down_since is None
    looked(NOON + minutes(2) + timedelta(seconds=90))
    work()

    alert = Alert.objects.get()
    assert alert.closed_at is None
    assert "The portal was away since then, and waited anew 1×." in alert.long_text


@pytest.mark.parametrize(("away_s", "is_pause"), [(5, False), (5.1, True), (86_400, True)])
def test_a_pause_is_longer_than_five_seconds(away_s, is_pause):
    integration = expecting(NOON + minutes(1))
    watched(NOON)

    pause = pauses.watch(NOON + timedelta(seconds=away_s))

    assert (pause is not None) is is_pause
    assert (row(integration).restarts == 1) is is_pause


def test_an_engine_that_looks_for_the_first_time_was_not_away():
    integration = expecting(NOON + minutes(1))

    assert pauses.watch(NOON) is None

    assert row(integration).due_at == NOON + minutes(1)


def test_each_pause_counts_once_however_many_engines_come_back():
    integration = expecting(NOON + minutes(1))
    watched(NOON)

    looked(NOON + minutes(2))
    looked(NOON + minutes(2) + SECOND)

    assert (row(integration).restarts, row(integration).due_at) == (1, NOON + minutes(3))


def test_an_engine_that_stumbles_every_minute_postpones_nothing_for_ever():
    integration = expecting(NOON + minutes(1))
    watched(NOON)

    for minute in range(1, 4):
        looked(NOON + minutes(minute))
    assert row(integration).restarts == 2
    assert row(integration).alert_after == NOON + minutes(3) + timedelta(seconds=30)
    looked(NOON + minutes(4))

    assert row(integration).down_since == NOON + minutes(3) + timedelta(seconds=30)


def test_a_ping_lets_it_wait_anew_twice_more(client):
    integration = expecting(NOON + minutes(1))
    Heartbeat.objects.update(restarts=2)

    ping(client, integration)

    assert row(integration).restarts == 0


def test_the_portal_says_that_its_engine_stumbles():
    now = timezone.now()
    watched(now - minutes(4))

    for minute in (3, 2, 1):
        pauses.watch(now - minutes(minute))
    pauses.watch(now - minutes(1) + SECOND)

    said = health.examine(now - minutes(1) + SECOND)["engine"]
    assert said.ok
    assert said.note.startswith("was away 3 times within an hour: heartbeats that are missed")
    assert health.examine(now + minutes(62))["engine"].note.startswith("has been silent")


def test_a_single_stop_as_by_an_upgrade_is_no_stumbling():
    now = timezone.now()
    watched(now - minutes(2))

    pauses.watch(now)

    assert health.examine(now)["engine"] == health.Condition(ok=True, age_s=0.0)


def test_a_schedule_by_cron_waits_for_its_next_time_and_what_is_not_due_stays():
    nightly = expecting(
        NOON - minutes(1), every_seconds=None, cron="59 11 * * *", grace_seconds=600
    )
    later = expecting(NOON + minutes(60), every_seconds=None, cron="0 13 * * *")
    watched(NOON)

    pauses.watch(NOON + minutes(20))

    assert row(nightly).due_at == NOON + timedelta(days=1) - minutes(1)
    assert (row(later).due_at, row(later).restarts) == (NOON + minutes(60), 0)


def test_one_that_is_down_or_paused_or_new_stays_so():
    down, paused, new = expecting(NOON), make_heartbeat(), make_heartbeat()
    heartbeats.pause_heartbeat(paused.pk)
    pings.mark_overdue(NOON + minutes(1))
    watched(NOON + minutes(1))

    pauses.watch(NOON + minutes(10))

    assert [row(one).alert_after for one in (down, paused, new)] == [None] * 3
    assert row(down).down_since == NOON + timedelta(seconds=30)


def test_after_a_stop_nothing_closes_that_could_not_be_repeated_meanwhile():
    alert = expiring()
    watched(NOON + minutes(9))

    looked(NOON + minutes(11))

    alert.refresh_from_db()
    assert (alert.closed_at, alert.expires_at) == (None, NOON + minutes(21))
    assert timers.run_timers(NOON + minutes(21)) == 1
    text = Incident.objects.get().timeline.get(verb="resolved").text
    assert text.endswith("; the portal was away meanwhile, and waited anew 1×")


def test_an_alert_waits_anew_twice_for_its_own_period_and_then_closes():
    alert = expiring()
    watched(NOON)

    for minute in (6, 12, 18, 22):
        looked(NOON + minutes(minute))

    alert.refresh_from_db()
    assert alert.closed_at == NOON + minutes(22)
    assert alert.expiry_restarts == 2


def test_a_message_lets_an_alert_wait_anew_twice_more():
    alert = expiring()
    Alert.objects.update(expiry_restarts=2, waits_since=NOON)
    at = NOON + minutes(5)

    ingest.report([make_report(alert.service, key="k", at=at, expires_at=at + minutes(10))])
    watched(NOON + minutes(6))
    pauses.watch(NOON + minutes(8))

    alert.refresh_from_db()
    assert (alert.expires_at, alert.expiry_restarts) == (NOON + minutes(18), 1)


def test_a_note_without_an_end_does_not_shorten_the_period_that_is_waited_anew():
    alert = expiring()
    note = make_report(alert.service, key="k", action="update", at=NOON + minutes(9))
    ingest.report([note])
    watched(NOON + minutes(9))

    pauses.watch(NOON + minutes(12))

    assert Alert.objects.get().expires_at == NOON + minutes(22)


def test_a_clock_that_was_put_back_gives_one_period_from_now():
    integration = expecting(NOON + minutes(61))
    alert = expiring(since=NOON + minutes(60))
    watched(NOON + minutes(60))

    pauses.watch(NOON)

    alert.refresh_from_db()
    assert (row(integration).due_at, row(integration).restarts) == (NOON + minutes(1), 0)
    assert (alert.expires_at, alert.expiry_restarts) == (NOON + minutes(10), 0)


def test_what_people_and_calendars_set_is_done_late_and_not_put_off():
    escalation_ingest.report([make_report(make_service(make_policy(make_user())))], now=NOON)
    Incident.objects.update(status="on_hold", snoozed_until=NOON + minutes(5))
    before = list(Run.objects.values_list("next_step_at", flat=True))
    watched(NOON)

    pauses.watch(NOON + minutes(10))

    assert Incident.objects.get().snoozed_until == NOON + minutes(5)
    assert list(Run.objects.values_list("next_step_at", flat=True)) == before


def test_a_heartbeat_with_a_zone_that_is_gone_stops_neither_the_engine_nor_the_others():
    broken = expecting(NOON, every_seconds=None, cron="0 3 * * *")
    other = expecting(NOON + minutes(1))
    Heartbeat.objects.filter(pk=broken.pk).update(time_zone="Mars/Base")
    watched(NOON)

    pauses.watch(NOON + minutes(2))

    assert row(other).due_at == NOON + minutes(3)


@pytest.mark.django_db(transaction=True)
def test_an_engine_that_starts_in_a_restored_backup_alarms_nobody_at_once():
    past = datetime(2026, 1, 1, tzinfo=UTC)
    integration = expecting(past + minutes(1))
    alert = expiring(since=past)
    watched(past)
    listener = Listener([ENGINE])

    Command().turn(listener)

    listener.close()
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert state(integration) == "up"


def test_an_engine_whose_machine_was_suspended_notices_between_two_looks():
    engine = Command()
    engine.run_timers()
    integration = expecting(timezone.now() - minutes(2))
    watched(timezone.now() - minutes(3))
    engine.watched_at -= minutes(3)  # The clock on the wall went on, and the engine did not.

    engine.run_timers()

    assert state(integration) == "up"
