"""What django-q's workers run."""

from django.utils import timezone

from escalation import verbs


def beat_worker() -> None:
    """The clock asks for this every few seconds: the answer proves the path that pages take."""
    verbs.beat("worker", now=timezone.now())
