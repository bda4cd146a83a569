"""What an incident is, said anew. Called by `escalation`, which moves the runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from incidents import custom_fields, sla_clock, transitions
from incidents.actions.archiving import require_active
from incidents.actions.locking import lock_incident
from incidents.actions.respond import unless_resolved
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import ChangedMeanwhile, InvalidRequest
from incidents.models import Incident, IncidentWatcher, Service, Team, User

SAVED = (
    *transitions.CHANGED_FIELDS,
    "title",
    "description",
    "service",
    "is_private",
    "tags",
    "custom_fields",
    "changed_at",
)
LABELS = {"tags", "custom_fields"}
MAX_SHOWN = 200  # characters of a value, on the timeline


class IncidentChanges(TypedDict, total=False):
    """What may be said anew of an incident."""

    title: str
    description: str
    severity: str
    urgency: str
    priority: str
    service: Service
    is_private: bool
    tags: list[str]
    custom_fields: dict[str, Any]  # those that are named; None takes one away


def edit(
    incident_id: int,
    *,
    expected: IncidentChanges | None = None,
    by: User | None = None,
    via: str = "",
    **changes: Unpack[IncidentChanges],
) -> Incident:
    """Take over these values. An urgency that is named stays, whatever rules say later.

    Tags and custom fields of what is resolved can be changed as well. Who makes an incident private
    watches it.

    ``expected`` are the values that the change was made of. Done twice it changes nothing.
    Raises ChangedMeanwhile where one is neither as expected nor as wanted, InvalidRequest for an
    empty title, ServiceArchived, and IncidentClosed.
    """
    if not changes.get("title", "x").strip():
        raise InvalidRequest("title: write something.")
    with _lock(incident_id, changes, by, via) as incident:
        _clean(incident, changes)
        wanted = {name: new for name, new in changes.items() if getattr(incident, name) != new}
        _refuse_changed(incident, wanted, expected or {})
        fixes = "urgency" in changes and not incident.is_urgency_fixed
        if wanted or fixes:
            before = {name: getattr(incident, name) for name in wanted}
            _apply(incident, wanted, fixes=fixes)
            incident.save(update_fields=SAVED)
            if incident.is_private and by and "is_private" in wanted:
                IncidentWatcher.objects.get_or_create(incident=incident, user=by)
            record([_line(incident, before, wanted, by=by, via=via)])
    return incident


@contextmanager
def _lock(
    incident_id: int, changes: IncidentChanges, by: User | None, via: str
) -> Iterator[Incident]:
    """The locked row. Raises IncidentClosed where more than labels of a resolved one change."""
    if changes.keys() <= LABELS:
        with transaction.atomic():
            yield lock_incident(incident_id)
    else:
        with unless_resolved(incident_id, "edit", by, via) as incident:
            yield incident


def _clean(incident: Incident, changes: IncidentChanges) -> None:
    """Tags and custom fields as they are kept. Raises InvalidRequest."""
    if "tags" in changes:
        changes["tags"] = custom_fields.clean_tags(changes["tags"])
    if "custom_fields" in changes:
        changes["custom_fields"] = custom_fields.merge_values(
            incident.custom_fields, changes["custom_fields"]
        )


def _refuse_changed(
    incident: Incident, wanted: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    for name in wanted.keys() & expected.keys():
        found = getattr(incident, name)
        if found != expected[name]:
            raise ChangedMeanwhile(
                f"The {name} of #{incident.pk} was changed meanwhile: it is “{_shown(found)}” now. "
                f"Look at the incident, and change it again."
            )


def _apply(incident: Incident, wanted: Mapping[str, Any], *, fixes: bool) -> None:
    now = timezone.now()
    incident.is_urgency_fixed = incident.is_urgency_fixed or fixes
    for name in wanted.keys() - {"service", "severity", "urgency"}:
        setattr(incident, name, wanted[name])
    if "service" in wanted:
        require_active(wanted["service"])
        before, incident.service = incident.service, wanted["service"]
        sla_clock.move(incident, before, now)
    if "severity" in wanted:
        transitions.set_severity(incident, wanted["severity"], now)
        if incident.status == Incident.Status.ACKNOWLEDGED:
            incident.acknowledged_severity = incident.severity  # Who has it knows of it.
    if "urgency" in wanted:
        transitions.set_urgency(incident, wanted["urgency"])
    if wanted.keys() & {"severity", "priority"}:
        sla_clock.retarget(incident, now)
    incident.changed_at = now


def _line(
    incident: Incident, before: Mapping[str, Any], wanted: Mapping[str, Any], **who: Any
) -> Any:
    said = [_said(name, before[name], new) for name, new in wanted.items()]
    text = "; ".join(said) or f"Urgency: stays {incident.urgency}"
    names = wanted.keys() - {"description"}
    facts = {"changes": {n: [_plain(before[n]), _plain(wanted[n])] for n in sorted(names)}}
    return entry(incident, TimelineVerb.EDITED, text, facts=facts, **who)


def _said(name: str, before: Any, new: Any) -> str:
    if name == "description":
        return "A new description"
    if name == "is_private":
        return "Private from now on" if new else "No longer private"
    label = name.replace("_", " ").capitalize()
    return f"{label}: from {_shown(before)} to {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        value = [f"{key} {text}" for key, text in value.items()]
    text = ", ".join(value) if isinstance(value, list) else str(value or "")
    text = text or "none"
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _plain(value: Any) -> Any:
    """A value as JSON: of a row its id."""
    return value.pk if isinstance(value, Service) else value


def give_to_team(
    incident_id: int, team: Team | None, *, by: User | None = None, via: str = ""
) -> bool:
    """The members of this team see the incident, and it stands on their lists; None for none.

    Returns whether that is new. Raises IncidentClosed.
    """
    with unless_resolved(incident_id, "assign", by, via) as incident:
        if incident.team == team:
            return False
        before, incident.team = incident.team, team
        incident.changed_at = timezone.now()
        incident.save(update_fields=["team", "changed_at"])
        text = f"To team {team}" if team else f"No longer to team {before}"
        facts = {"team": team.pk if team else None}
        record([entry(incident, TimelineVerb.ASSIGNED, text, by=by, via=via, facts=facts)])
    return True
