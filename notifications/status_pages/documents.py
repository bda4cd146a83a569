"""A status page as JSON, in the shape that programs know from Atlassian Statuspage (API v2)."""

from datetime import datetime
from typing import Any

from notifications.choices import ReportImpact
from notifications.models import StatusPage
from notifications.status_pages.addresses import base_of, report_url
from notifications.status_pages.reading import Component, Snapshot
from notifications.status_pages.timeline import Report, Said

Document = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """RFC 3339 with milliseconds, in the zone of the time."""
    return at.isoformat(timespec="milliseconds") if at else None


def page_of(page: StatusPage) -> Document:
    return {
        "id": page.slug,
        "name": page.name,
        "url": base_of(page).rstrip("/"),
        "time_zone": page.time_zone,
        "updated_at": moment(page.changed_at),
    }


def status_of(snapshot: Snapshot) -> Document:
    return {"indicator": snapshot.impact.value, "description": snapshot.headline}


def component_of(one: Component) -> Document:
    row, page = one.row, one.snapshot.page
    return {
        "id": str(row.pk),
        "name": row.name,
        "status": one.status.value,
        "created_at": moment(page.created_at),
        "updated_at": moment(page.changed_at),
        "position": row.position,
        "description": row.description or None,
        "showcase": True,
        "start_date": page.created_at.date().isoformat(),
        "group_id": _group_id(row.group) if row.group else None,
        "page_id": page.slug,
        "group": False,
        "only_show_if_degraded": False,
    }


def components_of(snapshot: Snapshot) -> list[Document]:
    """The components; each group stands before those that are in it."""
    found = []
    for name, members in snapshot.groups:
        shown = [component_of(one) for one in members]
        if name:
            worst = max((one.status for one in members), key=lambda status: status.rank)
            ids = [one["id"] for one in shown]
            head = {"id": _group_id(name), "name": name, "status": worst.value}
            more = {"group": True, "group_id": None, "description": None, "components": ids}
            found.append(shown[0] | head | more)
        found += shown
    return found


def _group_id(name: str) -> str:
    return f"group-{name.encode().hex()}"


def report_document(snapshot: Snapshot, report: Report) -> Document:
    """One incident or maintenance with its updates, the newest first."""
    page = snapshot.page
    url = report_url(page, report.pk)
    touched = [one for one in snapshot.components if one.row.pk in report.effects]
    found = {
        "id": str(report.pk),
        "name": report.title,
        "status": report.state.value,
        "created_at": moment(report.created_at),
        "updated_at": moment(report.changed_at),
        "monitoring_at": _first_at(report, "monitoring"),
        "resolved_at": moment(report.ended_at),
        "impact": (ReportImpact.MAINTENANCE if report.is_maintenance else report.impact).value,
        "shortlink": url,
        "started_at": moment(report.starts_at),
        "page_id": page.slug,
        "incident_updates": [_update(report, said) for said in report.updates],
        "components": [component_of(one) for one in touched],
    }
    if report.is_maintenance:
        found["scheduled_for"] = moment(report.starts_at)
        found["scheduled_until"] = moment(report.ends_at)
    return found


def _first_at(report: Report, state: str) -> str | None:
    times = [said.at for said in report.updates if said.state == state]
    return moment(min(times)) if times else None


def _update(report: Report, said: Said) -> Document:
    return {
        "id": str(said.pk),
        "status": said.state.value,
        "body": said.body,
        "incident_id": str(report.pk),
        "created_at": moment(said.at),
        "updated_at": moment(said.at),
        "display_at": moment(said.at),
        "affected_components": [
            {"code": str(pk), "new_status": status.value} for pk, status in said.effects.items()
        ],
    }


def summary(snapshot: Snapshot) -> Document:
    coming = [*snapshot.active_maintenances, *snapshot.upcoming]
    return {
        "page": page_of(snapshot.page),
        "components": components_of(snapshot),
        "incidents": [report_document(snapshot, one) for one in snapshot.unresolved],
        "scheduled_maintenances": [report_document(snapshot, one) for one in coming],
        "status": status_of(snapshot),
    }


def status(snapshot: Snapshot) -> Document:
    return {"page": page_of(snapshot.page), "status": status_of(snapshot)}


def components(snapshot: Snapshot) -> Document:
    return {"page": page_of(snapshot.page), "components": components_of(snapshot)}


def _incidents(snapshot: Snapshot, reports: list[Report], name: str) -> Document:
    shown = [report_document(snapshot, one) for one in reports]
    return {"page": page_of(snapshot.page), name: shown}


def incidents(snapshot: Snapshot) -> Document:
    return _incidents(snapshot, snapshot.incidents, "incidents")


def unresolved(snapshot: Snapshot) -> Document:
    return _incidents(snapshot, snapshot.unresolved, "incidents")


def maintenances(snapshot: Snapshot) -> Document:
    return _incidents(snapshot, snapshot.maintenances, "scheduled_maintenances")


def upcoming(snapshot: Snapshot) -> Document:
    return _incidents(snapshot, snapshot.upcoming, "scheduled_maintenances")


def active(snapshot: Snapshot) -> Document:
    return _incidents(snapshot, snapshot.active_maintenances, "scheduled_maintenances")


DOCUMENTS = {
    "summary": summary,
    "status": status,
    "components": components,
    "incidents": incidents,
    "incidents/unresolved": unresolved,
    "scheduled-maintenances": maintenances,
    "scheduled-maintenances/upcoming": upcoming,
    "scheduled-maintenances/active": active,
}
