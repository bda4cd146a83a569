"""Active maintenance windows, for the banner on every page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from incidents.models import User
from integrations.maintenance.matching import active_rows, unfinished
from integrations.maintenance.rules import describe_filters, describe_targets
from integrations.models import MaintenanceWindow
from opsportal.lib.prepared_queries import PreparedQuery, moment

STARTED = PreparedQuery(
    lambda: MaintenanceWindow.objects.filter(
        unfinished(moment("now")), starts_at__lte=moment("now")
    ).values("pk")[:1]
)


@dataclass(frozen=True, slots=True)
class BannerWindow:
    """A window that is active, as sentences; ``until``: the end of the present occurrence."""

    name: str
    targets: str
    conditions: str
    until: datetime
    by: User | None
    url: str


def active_windows(user: User) -> list[BannerWindow]:
    """Those that concern this person; one cheap query where there is none."""
    now = timezone.now()
    if not STARTED.exists(now=now):
        return []
    rows = MaintenanceWindow.objects.visible_to(user).filter(unfinished(now), starts_at__lte=now)
    named = rows.select_related("created_by").prefetch_related("services", "integrations")
    return [
        BannerWindow(
            row.name,
            describe_targets(row),
            describe_filters(row),
            present.end,
            row.created_by,
            row.get_absolute_url(),
        )
        for row, present in active_rows(named, now)
    ]
