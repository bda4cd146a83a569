"""What an incident is called where it goes out of the portal: in tickets and requests. Pure."""

from collections.abc import Mapping
from datetime import UTC

from django.conf import settings

from incidents.choices import Urgency
from incidents.models import Incident
from notifications.message.incident_summary import one_line
from notifications.outbound.tickets import Draft

MAX_SHORT = 160
MAX_LONG = 20_000
PRIVATE = "Private incident"


def title_of(incident: Incident) -> str:
    """Its title; of a private one that it is private."""
    return PRIVATE if incident.is_private else incident.title


def text_of(incident: Incident) -> str:
    """Its description; "" of a private one."""
    return "" if incident.is_private else incident.description[:MAX_LONG]


def url_of(incident: Incident) -> str:
    """The address of its page."""
    return f"{settings.SITE_URL}{incident.get_absolute_url()}"


def values_of(incident: Incident, external_id: str = "", external_url: str = "") -> dict[str, str]:
    """The value of each placeholder."""
    return {
        "IncidentId": str(incident.pk),
        "IncidentSubject": title_of(incident),
        "IncidentStatus": incident.status,
        "IncidentSeverity": incident.severity,
        "IncidentURL": url_of(incident),
        "IncidentShortText": one_line(text_of(incident), MAX_SHORT),
        "IncidentLongText": text_of(incident),
        "IncidentUrgency": incident.urgency,
        "IncidentPriority": incident.priority,
        "IncidentService": incident.service.name,
        "IncidentTeam": str(incident.team or incident.service.team or ""),
        "IncidentAssignee": str(incident.assignee or ""),
        "IncidentOpened": f"{incident.opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "IncidentSource": "" if incident.is_private else incident.source,
        "ExternalId": external_id,
        "ExternalUrl": external_url,
    }


def draft_of(incident: Incident, marker: str) -> Draft:
    """The ticket that it becomes."""
    values = values_of(incident)
    facts = [f"{label}: {value}" for label, value in _facts(values).items() if value]
    parts = ["\n".join(facts), text_of(incident), f"{url_of(incident)}\n{marker}"]
    return Draft(
        number=incident.pk,
        title=f"#{incident.pk} {title_of(incident)}",
        text="\n\n".join(part for part in parts if part),
        url=url_of(incident),
        marker=marker,
        is_urgent=incident.urgency == Urgency.HIGH,
    )


def _facts(values: Mapping[str, str]) -> dict[str, str]:
    return {
        "Service": values["IncidentService"],
        "Severity": values["IncidentSeverity"],
        "Priority": values["IncidentPriority"],
        "Source": values["IncidentSource"],
        "Opened": values["IncidentOpened"],
    }
