"""The incident list: what is asked for in its address, and one page of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Q, Value, When

from incidents.custom_fields import clean_tags
from incidents.models import Incident, Severity
from incidents.models.incident import IncidentQuerySet

PAGE_SIZE = 40
COLUMNS = {
    "service": "service",
    "topic": "topics",
    "urgency": "urgency",
    "severity": "severity",
    "sla_state": "sla_state",
}
WINDOWS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
# sort: the field that decides, and whether its greatest value comes first; ties by number.
SORTS = {
    "newest": ("pk", True),
    "oldest": ("pk", False),
    "changed": ("changed_at", True),
    "severity": ("rank", False),
}
RANK = Case(
    *(When(severity=severity, then=Value(severity.rank)) for severity in Severity),
    default=Value(len(Severity)),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of incidents, and the number that the next page begins after (None: the end)."""

    incidents: list[Incident]
    next_after: int | None


def narrow(
    rows: IncidentQuerySet, wanted: dict[str, Any], *, user: Any, now: datetime
) -> IncidentQuerySet:
    """All filters but the status."""
    for name, field in COLUMNS.items():
        if wanted.get(name):
            rows = rows.filter(**{field: wanted[name]})
    if wanted.get("team"):
        rows = rows.filter(Q(service__team=wanted["team"]) | Q(team=wanted["team"]))
    if wanted.get("tag"):
        rows = rows.filter(tags__contains=clean_tags(wanted["tag"].split(",")))
    if wanted.get("watching"):
        rows = rows.filter(pk__in=user.watched_incidents.values("incident"))
    if wanted.get("assignee"):
        rows = rows.filter(assignee=user if wanted["assignee"] == "me" else None)
    if wanted.get("time"):
        rows = rows.filter(opened_at__gte=now - WINDOWS[wanted["time"]])
    return rows.filter(_text(wanted["q"])) if wanted.get("q") else rows


def _text(text: str) -> Q:
    """A number finds that incident, too; words are looked for in titles and names."""
    found = Q(title__icontains=text) | Q(service__name__icontains=text)
    number = text.removeprefix("#")
    return found | Q(pk=number) if number.isdecimal() and len(number) < 18 else found


def with_status(rows: IncidentQuerySet, status: str) -> IncidentQuerySet:
    """``active`` is everything that is not resolved, ``all`` is everything."""
    if status == "active":
        return rows.unresolved()
    return rows if status == "all" else rows.filter(status=status)


def counts(rows: IncidentQuerySet) -> dict[str, int]:
    """How many incidents stand in each status but resolved, and in all of these together."""
    open_rows = rows.unresolved().order_by().values("status")
    found = dict(open_rows.annotate(n=Count("pk", distinct=True)).values_list("status", "n"))
    return {"active": sum(found.values()), **found}


def read_page(rows: IncidentQuerySet, sort: str, after: int | None) -> Listing:
    """The page that begins after an incident; a page costs the same however far down it is."""
    field, is_descending = SORTS[sort]
    rows = rows.annotate(rank=RANK) if field == "rank" else rows
    if after and (last := Incident.objects.annotate(rank=RANK).filter(pk=after).first()):
        rows = rows.filter(_beyond(field, is_descending, last))
    mark = "-" if is_descending else ""
    order = [f"{mark}{field}"] if field == "pk" else [f"{mark}{field}", "-pk"]
    found = list(rows.for_list().order_by(*order)[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return Listing(page, page[-1].pk if len(found) > PAGE_SIZE else None)


def _beyond(field: str, is_descending: bool, last: Incident) -> Q:
    value = getattr(last, field)
    beyond = Q(**{f"{field}__{'lt' if is_descending else 'gt'}": value})
    return beyond if field == "pk" else beyond | Q(**{field: value}, pk__lt=last.pk)
