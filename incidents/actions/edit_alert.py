"""A sender says anew what an alert is: its title, its description, its priority, its details."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from incidents import transitions
from incidents.actions.locking import lock_incident, save_transition
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Alert, Incident
from incidents.sla_clock import SLA_FIELDS
from opsportal.lib.bulk_write import write_all

DETAIL_KINDS = ("tags", "custom_fields")


@transaction.atomic
def describe(
    alert_id: int,
    *,
    title: str = "",
    description: str = "",
    priority: str = "",
    via: str = "",
) -> Alert:
    """Take over what is not empty. An incident that is called as its alert is renamed with it."""
    alert, incident = _lock(alert_id)
    said = []
    if title and title != alert.title:
        if incident.title == alert.title:
            incident.title = title[:1024]
        alert.title = title[:1024]
        said.append(f"Title: {alert.title}")
    if description and description != alert.long_text:
        if incident.description in ("", alert.long_text):
            incident.description = description
        alert.long_text = description
        said.append("A new description")
    if priority and priority != incident.priority:
        said.append(f"Priority: from {incident.priority or 'none'} to {priority}")
        transitions.set_priority(incident, priority, timezone.now())
    if said:
        alert.save(update_fields=["title", "long_text"])
        incident.save(update_fields=["title", "description"])
        save_transition(incident)
        record([entry(incident, TimelineVerb.UPDATED, "; ".join(said), via=via)])
    return alert


@transaction.atomic
def prioritize(incident_id: int, priority: str) -> None:
    """The priority that a new incident comes with: part of its opening, and no news."""
    incident = lock_incident(incident_id)
    transitions.set_priority(incident, priority, timezone.now())
    save_transition(incident)


def prioritize_all(
    priorities: Mapping[int, str], incidents: Mapping[int, Incident], *, at: datetime
) -> None:
    """The same for many, by their ids: those that the caller holds or has only just made."""
    for number, priority in priorities.items():
        transitions.set_priority(incidents[number], priority, at)
    write_all([incidents[number] for number in priorities], ["priority", *SLA_FIELDS])


@transaction.atomic
def annotate(
    alert_id: int,
    kind: str,
    *,
    add: Mapping[str, str] | None = None,
    remove: Iterable[str] = (),
    via: str = "",
) -> Alert:
    """Add and remove tags (``kind`` tags) or custom fields (``custom``) of an alert."""
    alert, incident = _lock(alert_id)
    before = alert.attributes.get(kind)
    known = before if isinstance(before, dict) else {}
    gone = set(remove)
    after = {name: text for name, text in {**known, **(add or {})}.items() if name not in gone}
    if after != known:
        alert.attributes = {**alert.attributes, kind: after}
        alert.save(update_fields=["attributes"])
        record([entry(incident, TimelineVerb.UPDATED, _difference(known, after), via=via)])
    return alert


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    new = [
        name if text == "true" else f"{name}: {text}"
        for name, text in after.items()
        if before.get(name) != text
    ]
    lost = [name for name in before if name not in after]
    parts = [f"Added {', '.join(new)}"] if new else []
    return "; ".join(parts + ([f"Removed {', '.join(lost)}"] if lost else []))[:1000]


def _lock(alert_id: int) -> tuple[Alert, Incident]:
    """Both rows, held: the incident first, as everybody does."""
    number = Alert.objects.values_list("incident_id", flat=True).get(pk=alert_id)
    incident = lock_incident(number)
    return Alert.objects.select_for_update(no_key=True).get(pk=alert_id), incident
