"""Texts of workflows with fields of the incident in braces, such as {number}."""

import re

from django.conf import settings

from escalation.choices import WorkflowKind
from escalation.workflows.subjects import NOTHING, Subject
from incidents.models import Incident

FIELDS = (
    "number",
    "title",
    "status",
    "severity",
    "urgency",
    "priority",
    "service",
    "team",
    "owner",
    "opened",
    "url",
    "topics",
)
# What each kind of workflow has besides; elsewhere they are empty.
SUBJECT_FIELDS = {
    WorkflowKind.ALERT: ("alert", "alert_severity", "alert_source", "alert_status", "alert_id"),
    WorkflowKind.MESSAGE: ("message", "author"),
    WorkflowKind.NOTIFICATION: ("channel", "recipient", "error"),
}
KNOWN_FIELDS = (*FIELDS, *(name for names in SUBJECT_FIELDS.values() for name in names))
_FIELD = re.compile(r"\{(\w*)\}")


def unknown_fields(text: str) -> list[str]:
    """The names in braces that are no field."""
    return [name for name in _FIELD.findall(text) if name not in KNOWN_FIELDS]


def fill(text: str, incident: Incident, subject: Subject = NOTHING) -> str:
    """The text with the values of the incident, and of what the workflow looks at; what is no
    field stays as it is."""
    if "{" not in text:
        return text
    values = dict.fromkeys(KNOWN_FIELDS, "") | {
        "number": str(incident.pk),
        "title": incident.title,
        "status": incident.get_status_display(),
        "severity": incident.severity,
        "urgency": incident.urgency,
        "priority": incident.priority,
        "service": incident.service.name,
        "team": str(incident.service.team or ""),
        "owner": str(incident.assignee or "nobody"),
        "opened": f"{incident.opened_at:%Y-%m-%d %H:%M} UTC",
        "url": f"{settings.SITE_URL}{incident.get_absolute_url()}",
        **subject,
    }
    if "{topics}" in text:  # They are looked up, unlike all else.
        values["topics"] = ", ".join(map(str, incident.topics.all()))
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), text)
