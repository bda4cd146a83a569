"""What django-q's workers run."""

from django.utils import timezone

from escalation.actions import process_health


def beat_worker() -> None:
    """The clock asks for this every few seconds: the answer proves the path that pages take."""
    process_health.record_heartbeat("worker", now=timezone.now())
