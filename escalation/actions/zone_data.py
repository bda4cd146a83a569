"""Shifts that new data of time zones moves, though nobody has changed anything.

The shifts of each schedule are published with the version that said them. Of nodes with different
versions the latest one counts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from tzdata import IANA_VERSION

from escalation.models import Schedule, ZoneDataChange
from escalation.schedules.shift_changes import ShiftChange

KEPT_FOR = timedelta(days=400)
IS_OLD = Q(zone_data__lt=IANA_VERSION)  # also of a schedule that has no version yet


def take_version(schedule: Schedule, changes: Sequence[ShiftChange], now: datetime) -> None:
    """Keep what has moved since the version with which the schedule was published before; its
    caller saves ``zone_data``. ``changes`` are those that no edit explains."""
    before = schedule.zone_data
    schedule.zone_data = max(before, IANA_VERSION)
    if not before or before == schedule.zone_data or not changes:
        return
    schedule.zone_data_changes.filter(made_at__lt=now - KEPT_FOR).delete()
    ZoneDataChange.objects.create(
        schedule=schedule,
        made_at=now,
        before=before,
        after=schedule.zone_data,
        people=sorted({one.user for one in changes}),
        spans=sorted({(one.start, one.end) for one in changes}),
    )
