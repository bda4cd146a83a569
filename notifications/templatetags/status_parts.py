"""Parts of status pages."""

from typing import Any

from django import template

from incidents.models import Incident
from notifications.models import StatusPage
from notifications.models.status_page import PUBLISH
from notifications.status_pages.reading import Snapshot
from notifications.status_pages.timeline import Report

register = template.Library()
MAX_PAGES = 10


@register.simple_tag
def names_of(snapshot: Snapshot, report: Report) -> list[str]:
    """The components that a report is about."""
    return snapshot.names_of(report)


@register.inclusion_tag("status/pages/_incident_menu.html", takes_context=True)
def status_page_menu(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """Where an incident may be published, and what was published of it; nothing for others."""
    user = context["request"].user
    if not user.has_perm(PUBLISH):
        return {}
    rows = list(StatusPage.objects.visible_to(user)[:MAX_PAGES])
    reports = list(incident.status_reports.filter(resolved_at=None).select_related("page"))
    told = {report.page_id for report in reports}
    return {
        "incident": incident,
        "reports": reports,
        "pages": [row for row in rows if row.pk not in told],
        "is_one": len(rows) == 1,
    }
