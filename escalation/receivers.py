"""What the rows below wake: only the clock is told to look."""

from django.db import connection
from django.dispatch import receiver

from incidents.signals import incident_changed
from opsportal.lib.pg_notify import SCHEDULER, notify


@receiver(incident_changed, dispatch_uid="escalation.wake")
def wake(sender, *, changes, **kwargs):
    """The clock would find the same within seconds."""
    notify(connection, SCHEDULER)
