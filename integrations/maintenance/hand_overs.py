"""Maintenance windows of the next shift, on the page of a hand-over."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import takewhile

from django.db.models import Q

from escalation.planned_work import PlannedWork, tell
from incidents.models import User
from integrations.maintenance.matching import timetable_of, unfinished
from integrations.models import MaintenanceWindow


@tell
def windows_of_services(
    services: Collection[int], start: datetime, end: datetime, user: User
) -> Iterator[PlannedWork]:
    """Each occurrence between two times of what is for everything or for one of the services."""
    named = Q(services__in=services) | Q(integrations__service__in=services)
    theirs = MaintenanceWindow.objects.filter(Q(is_for_all=True) | named)
    seen = MaintenanceWindow.objects.visible_to(user).filter(unfinished(start), starts_at__lt=end)
    for row in seen.filter(pk__in=theirs.values("pk")):
        coming = timetable_of(row).after(start)
        for found in takewhile(lambda one: one.start < end, coming):
            yield PlannedWork(found.start, found.end, row.name, row.get_absolute_url())
