"""What is silent at this moment, for the banner that stands on every page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from incidents.models import User
from integrations.maintenance.descriptions import say_conditions, say_targets
from integrations.maintenance.matching import in_force, unfinished
from integrations.models import MaintenanceWindow


@dataclass(frozen=True, slots=True)
class Silence:
    """A window that takes place, in words."""

    name: str
    targets: str
    conditions: str
    until: datetime
    by: User | None
    url: str


def silences(user: User) -> list[Silence]:
    """Those that concern this person; one query where there is none."""
    now = timezone.now()
    rows = MaintenanceWindow.objects.visible_to(user).filter(unfinished(now), starts_at__lte=now)
    named = rows.select_related("created_by").prefetch_related("services", "integrations")
    return [
        Silence(
            row.name,
            say_targets(row),
            say_conditions(row),
            present.end,
            row.created_by,
            row.get_absolute_url(),
        )
        for row, present in in_force(named, now)
    ]
