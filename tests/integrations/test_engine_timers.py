"""The engine wakes exactly when something is due, though no message comes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from incidents.actions import ingest
from incidents.models import Alert
from integrations.heartbeats import pings
from integrations.heartbeats.state import Ping
from integrations.inbound.endpoint_cache import config_for
from integrations.inbound.request import InboundRequest
from integrations.management.commands import engine as command
from integrations.management.commands.engine import Command
from integrations.models import Heartbeat, InboundMessage
from integrations.setup import heartbeats, integrations
from opsportal.lib.pg_notify import ENGINE, Listener, notify
from tests.factories import make_report, make_service
from tests.integrations.heartbeats import make_heartbeat

pytestmark = pytest.mark.django_db(transaction=True)
LOOK_S = 6.0  # so long that only a wake-up for what is due is in time
IN_TIME = timedelta(seconds=4)


@pytest.fixture
def look_seldom(monkeypatch):
    def set_pauses():
        monkeypatch.setattr(command, "IDLE_PAUSE_S", LOOK_S)
        monkeypatch.setattr(command, "MAX_TIMER_PAUSE_S", LOOK_S)

    return set_pauses


@pytest.fixture
def listener():
    listener = Listener([ENGINE])
    listener.wait(0.01)  # The first wait only connects.
    yield listener
    listener.close()


def test_an_alert_closes_at_its_end(listener, look_seldom):
    engine = Command()
    engine.turn(listener)
    look_seldom()
    due_at = timezone.now() + timedelta(seconds=1.7)
    ingest.report([make_report(make_service(), key="k", expires_at=due_at)])
    notify(connection, ENGINE)  # As whoever sets a timer that is near; else it is its own work.

    turn_until(engine, listener, lambda: not Alert.objects.open().exists())

    assert timedelta() <= Alert.objects.get(key="k").closed_at - due_at < IN_TIME


@pytest.mark.parametrize("ahead_s", [0.02, 0.3, 0.7])
def test_a_miss_that_is_less_than_a_second_ahead_is_noticed_on_time(listener, look_seldom, ahead_s):
    engine = Command()
    row = make_heartbeat(every_seconds=1, grace_seconds=0, starts_immediately=True)
    Heartbeat.objects.update(alert_after=timezone.now() + timedelta(hours=1))
    messages = InboundMessage.objects.filter(integration=row.pk)
    engine.turn(listener)
    look_seldom()
    engine.run_timers()  # It has looked, and would look again in 6 s.
    pings.restart_timers(row.pk, timezone.now() - timedelta(seconds=1 - ahead_s))
    due_at = Heartbeat.objects.get(pk=row.pk).alert_after

    turn_until(engine, listener, messages.exists)

    assert timedelta() <= messages.get().received_at - due_at < IN_TIME


def turn_until(engine, listener, condition):
    for _ in range(200):
        engine.turn(listener)
        if condition():
            return


def beaten(row):
    pings.record_ping(config_for(row).trusted(), Ping(), InboundRequest("heartbeat", b""))


def changed(row):
    heartbeats.change_heartbeat(row.pk, grace_seconds=0)


def resumed(row):
    heartbeats.pause_heartbeat(row.pk)
    heartbeats.resume_heartbeat(row.pk)


def enabled(row):
    integrations.set_enabled(row.pk, False)
    integrations.set_enabled(row.pk, True)


@pytest.mark.parametrize("act", [beaten, changed, resumed, enabled])
@pytest.mark.parametrize(("every_seconds", "is_soon"), [(1, True), (300, False)])
def test_the_engine_is_told_of_an_alarm_that_is_set_soon(listener, act, every_seconds, is_soon):
    row = make_heartbeat(every_seconds=every_seconds, grace_seconds=1, starts_immediately=True)
    while listener.wait(0.1):
        pass
    Heartbeat.objects.update(grace_seconds=0)

    act(row)

    assert listener.wait(30 if is_soon else 0.2) is is_soon


def test_the_engine_is_told_of_a_heartbeat_that_is_made_and_due_soon(listener):
    make_heartbeat(every_seconds=1, grace_seconds=0, starts_immediately=True)

    assert listener.wait(30)
