"""Maintenance windows for tests."""

from django.utils import timezone

from incidents.models import Incident
from integrations.setup import maintenance
from tests.factories import minutes


def make_window(*targets, begins=-10, ends=60, **fields):
    """A window from and to so many minutes from now, for these services and integrations."""
    now = timezone.now()
    fields.setdefault("name", "Patch night")
    fields.setdefault("starts_at", now + minutes(begins))
    fields.setdefault("ends_at", now + minutes(ends))
    kinds = {"services": [], "integrations": []}
    for target in targets:
        kinds[f"{target._meta.model_name}s"].append(target)
    return maintenance.add_window(**kinds, is_for_all=not targets, **fields)


def rows_for(path, *values, operator="equals"):
    return [{"path": path, "operator": operator, "values": list(values)}]


def monitor(number, **fields):
    return {"event": "ALERT_FAILURE", "monitor": {"id": number, "name": f"Shop {number}"}} | fields


def held():
    return list(
        Incident.objects.exclude(suppressed_reason="").values_list("suppressed_reason", flat=True)
    )
