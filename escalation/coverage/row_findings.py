"""What is wrong by what single rows say: policies, requests for cover, calendars, time zones."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.findings import Finding
from escalation.coverage.policy_uses import policies_in_use
from escalation.models import (
    CoverRequest,
    HandOverConfirmation,
    LayerCalendar,
    ServicePolicy,
    ZoneDataChange,
)
from escalation.on_call.cover_facts import open_spans
from escalation.on_call.schedule_facts import instant_of

SOON = timedelta(days=1)
OLD_AFTER = timedelta(days=1)
UNCONFIRMED_FOR = timedelta(days=30)
HOUR = timedelta(hours=1)


def row_findings(now: datetime, until: datetime) -> Iterator[Finding]:
    """All of them; ``until``: how far the coverage is looked at."""
    yield from _disabled_policies(now, until)
    yield from _unanswered(now)
    yield from _unconfirmed(now, until)
    yield from _old_calendars(now, until)
    yield from _moved_by_zone_data(now)


def _disabled_policies(now: datetime, until: datetime) -> Iterator[Finding]:
    """Policies that are not enabled, and that something still names: nothing pages in place of the
    default policy of a service."""
    is_default = Exists(ServicePolicy.objects.filter(policy=OuterRef("pk")))
    rows = policies_in_use().filter(is_enabled=False).annotate(is_default=is_default)
    for pk, has_services in rows.values_list("pk", "is_default"):
        yield Finding(
            DefectKind.DISABLED,
            DefectLevel.RED if has_services else DefectLevel.AMBER,
            (instant_of(now), instant_of(until)),
            policy=pk,
            facts={"is_default": has_services},
        )


def _unanswered(now: datetime) -> Iterator[Finding]:
    """Requests for cover that nobody has taken, a day before the shift and less."""
    soon = CoverRequest.objects.open().filter(starts_at__lt=now + SOON)
    for row in soon.select_related("schedule"):
        spans = open_spans(row, now)
        if spans:
            yield Finding(
                DefectKind.UNANSWERED,
                DefectLevel.INFO,
                (spans[0][0], spans[-1][1]),
                f"request:{row.pk}",
                schedule=row.schedule_id,
                facts={"people": [row.asker_id]},
            )


def _unconfirmed(now: datetime, until: datetime) -> Iterator[Finding]:
    """Whoever did not confirm the latest hand-over of a schedule of which they were asked, for 30
    days."""
    asked = HandOverConfirmation.objects.exclude(missed_at=None, confirmed_at=None)
    latest = asked.order_by("hand_over__schedule_id", "user_id", "-asked_at", "-pk")
    rows = latest.filter(asked_at__gt=now - UNCONFIRMED_FOR, user__is_active=True)
    for row in rows.distinct("hand_over__schedule_id", "user_id").select_related("hand_over"):
        if row.confirmed_at is None:
            yield Finding(
                DefectKind.UNCONFIRMED,
                DefectLevel.AMBER,
                (instant_of(now), instant_of(until)),
                f"user:{row.user_id}",
                schedule=row.hand_over.schedule_id,
                facts={"people": [row.user_id], "hours": (now - row.asked_at) // HOUR},
            )


def _old_calendars(now: datetime, until: datetime) -> Iterator[Finding]:
    """Calendars of layers that have an address and were not read for a day."""
    old = LayerCalendar.objects.in_force().filter(succeeded_at__lte=now - OLD_AFTER)
    for row in old.defer("body", "shifts"):
        if row.is_fetched and row.succeeded_at:
            hours = (now - row.succeeded_at) // HOUR
            yield Finding(
                DefectKind.OLD_CALENDAR,
                DefectLevel.AMBER,
                (instant_of(now), instant_of(until)),
                f"calendar:{row.pk}",
                schedule=row.schedule_id,
                facts={"calendar": row.name, "hours": hours},
            )


def _moved_by_zone_data(now: datetime) -> Iterator[Finding]:
    """Shifts to come that new data of time zones has moved."""
    for row in ZoneDataChange.objects.all():
        for start, end in row.get_spans():
            if end > instant_of(now):
                yield Finding(
                    DefectKind.ZONE_DATA,
                    DefectLevel.INFO,
                    (max(start, instant_of(now)), end),
                    f"change:{row.pk}",
                    schedule=row.schedule_id,
                    facts={"people": row.people, "before": row.before, "after": row.after},
                )
