"""The engine wakes exactly when something is due, though no message comes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import verbs as incident_verbs
from incidents.doorbell import INBOUND, Bell
from incidents.models import Alert
from integrations.management.commands.engine import Command
from tests.factories import make_report, make_service

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_alert_closes_within_a_tenth_of_a_second_of_its_end():
    engine, bell = Command(), Bell([INBOUND])
    bell.wait(0.01)  # The first wait only connects.
    engine.turn(bell)
    due_at = timezone.now() + timedelta(seconds=1.7)
    incident_verbs.report([make_report(make_service(), expires_at=due_at)])

    for _ in range(200):
        engine.turn(bell)
        if not Alert.objects.open().exists():
            break
    bell.close()

    late = Alert.objects.get().closed_at - due_at
    assert timedelta() <= late < timedelta(milliseconds=100)
