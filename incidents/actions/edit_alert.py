"""A sender says anew what an alert is: its title, its description, its priority, its details."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Alert, Incident

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
        incident.priority = priority
    if said:
        alert.save(update_fields=["title", "long_text"])
        incident.changed_at = timezone.now()
        incident.save(update_fields=["title", "description", "priority", "changed_at"])
        record([entry(incident, TimelineVerb.UPDATED, "; ".join(said), via=via)])
    return alert


def prioritize(incident_id: int, priority: str) -> None:
    """The priority that a new incident comes with: part of its opening, and no news."""
    Incident.objects.filter(pk=incident_id).update(priority=priority, changed_at=timezone.now())


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
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    return Alert.objects.select_for_update(no_key=True).get(pk=alert_id), incident
