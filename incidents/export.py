"""Incidents as CSV: streamed, and safe to open with a spreadsheet."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.renderers import BaseRenderer

from incidents.choices import SlaState
from incidents.models import CustomField, Incident

CHUNK = 500  # incidents that are read at a time
BYTE_ORDER_MARK = "\ufeff"  # Without it a spreadsheet takes the text for another charset.
# A cell that begins so is a formula, which may send what else is in the table elsewhere.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS = (
    "Number",
    "Title",
    "Status",
    "Severity",
    "Urgency",
    "Priority",
    "Service",
    "Owner team",
    "Team",
    "Assignee",
    "Source",
    "Alerts",
    "Tags",
    "Topics",
    "Private",
    "Test",
    "Opened",
    "Acknowledged",
    "Resolved",
    "Resolution",
    "SLA",
    "Seconds to acknowledge",
    "Seconds to resolve",
    "Address",
)


class CsvRenderer(BaseRenderer):
    """Lets a client ask for text/csv; the response writes itself."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> str:
        """A refusal, which is all that comes here."""
        return str(data)


class _Line:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


def csv_response(rows: QuerySet[Incident]) -> StreamingHttpResponse:
    """These incidents, the newest first, as a file; it is written while they are read."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    name = f"incidents-{timezone.localdate().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def safe_cell(value: Any) -> str:
    """The value as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _lines(rows: QuerySet[Incident]) -> Iterator[str]:
    writer = csv.writer(_Line())
    fields = list(CustomField.objects.all())
    head = [*COLUMNS, *(field.name for field in fields)]
    yield BYTE_ORDER_MARK + writer.writerow([safe_cell(cell) for cell in head])
    for incident in _read(rows):
        cells = [*_cells(incident), *(incident.custom_fields.get(one.key) for one in fields)]
        yield writer.writerow([safe_cell(cell) for cell in cells])


def _read(rows: QuerySet[Incident]) -> Iterator[Incident]:
    """By their numbers, so many at a time: no cursor is held while a slow reader reads."""
    wanted = (
        Incident.objects.filter(pk__in=rows.order_by().values("pk"))
        .select_related("service__team", "assignee", "team")
        .prefetch_related("topics")
        .annotate(alert_count=Count("alerts"))
        .order_by("-pk")
    )
    last: int | None = None
    while True:
        chunk = list((wanted.filter(pk__lt=last) if last else wanted)[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


def _cells(incident: Any) -> list[Any]:
    return [
        incident.pk,
        incident.title,
        incident.status,
        incident.severity,
        incident.urgency,
        incident.priority,
        incident.service,
        incident.service.team,
        incident.team,
        incident.assignee,
        incident.source,
        incident.alert_count,
        ", ".join(incident.tags),
        ", ".join(map(str, incident.topics.all())),
        "yes" if incident.is_private else "",
        "yes" if incident.is_test else "",
        _time(incident.opened_at),
        _time(incident.acknowledged_at),
        _time(incident.resolved_at),
        incident.resolution,
        SlaState(incident.sla_state).label if incident.sla_state else "",
        _seconds(incident.opened_at, incident.acknowledged_at),
        _seconds(incident.opened_at, incident.resolved_at),
        f"{settings.SITE_URL}{incident.get_absolute_url()}",
    ]


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _seconds(since: datetime, until: datetime | None) -> int | None:
    return int((until - since).total_seconds()) if until else None
