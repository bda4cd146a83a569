"""Wakes the scheduler when incidents have changed."""

from typing import Any

from django.db import connection
from django.dispatch import receiver

from incidents.signals import incident_changed
from opsportal.lib.pg_notify import SCHEDULER, notify


@receiver(incident_changed, dispatch_uid="escalation.wake")
def wake(sender: Any, **kwargs: Any) -> None:
    """The scheduler would find the same by itself within seconds."""
    notify(connection, SCHEDULER)
