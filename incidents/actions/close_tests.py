"""Tests close by themselves."""

from datetime import datetime

from django.db.models import QuerySet

from incidents.actions.respond import resolve
from incidents.models import Incident
from incidents.report import TEST_TTL
from opsportal.lib.durations import format_duration

BATCH_SIZE = 200  # incidents


def close_tests(now: datetime) -> int:
    """Resolve the test incidents whose time is over; returns how many."""
    due = _waiting().filter(closes_at__lte=now).values_list("pk", flat=True)
    found = list(due[:BATCH_SIZE])
    note = f"A test closes by itself after {format_duration(TEST_TTL.total_seconds())}"
    for pk in found:
        resolve(pk, note=note)
    return len(found)


def next_test_end() -> datetime | None:
    """When the next test closes by itself."""
    return _waiting().values_list("closes_at", flat=True).first()


def _waiting() -> QuerySet[Incident]:
    return Incident.objects.unresolved().filter(closes_at__isnull=False).order_by("closes_at")
