"""What the conditions of steps ask of incidents."""

from collections.abc import Sequence
from functools import cached_property

from django.db.models import Count

from escalation.models import Run
from escalation.plans.conditions import ALWAYS, OF_SERVICE, Condition, Situation
from incidents.models import Alert, Incident, Service
from opsportal.lib.hours_text import Hours


class AlertCounts:
    """How many alerts the incidents of a batch have, counted once somebody asks."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.incidents = [
            run.incident_id
            for run in runs
            if any(one.field == "alerts" for step in run.plan.steps for one in step.when)
        ]

    @cached_property
    def by_incident(self) -> dict[int, int]:
        """→ {incident id: alerts}; no query where no condition asks for them."""
        if not self.incidents:
            return {}
        rows = Alert.objects.filter(incident__in=self.incidents).order_by()
        return dict(rows.values("incident").annotate(n=Count("pk")).values_list("incident", "n"))


def hours_of(service: Service | None) -> Hours:
    """The support hours of a service as conditions ask them; always, without a service."""
    if service is None:
        return ALWAYS
    hours = service.hours
    return Hours(hours.table, hours.zone, "support hours")


def situation_of(incident: Incident, counts: AlertCounts, asked: Sequence[Condition]) -> Situation:
    """What these conditions ask of an incident as it stands."""
    asks_hours = any(one.value == OF_SERVICE for one in asked)
    return Situation(
        urgency=incident.urgency,
        severity=incident.severity,
        priority=incident.priority,
        opened_at=incident.opened_at,
        alerts=counts.by_incident.get(incident.pk, 0),
        hours=hours_of(incident.service) if asks_hours else ALWAYS,
    )
