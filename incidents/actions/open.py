"""Incidents that a person opens by hand. Called by `escalation`, which starts the run."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from incidents import custom_fields, sla_clock, transitions
from incidents.actions.archiving import require_active
from incidents.actions.timeline import entry, record
from incidents.actions.topics import add_topics
from incidents.choices import Severity, TimelineVerb
from incidents.models import Incident, IncidentWatcher, Service, Topic, User


class IncidentFields(TypedDict, total=False):
    """What may be said of a new incident besides its title."""

    severity: str  # critical where it is not said
    priority: str
    description: str
    is_test: bool
    test_recipient_id: int  # of a test that notifies one person alone
    is_private: bool
    tags: list[str]
    custom_fields: dict[str, Any]
    topics: Sequence[Topic]


@transaction.atomic
def open_incident(
    service: Service,
    title: str,
    *,
    by: User | None = None,
    via: str = "",
    **fields: Unpack[IncidentFields],
) -> Incident:
    """A new incident without an alert; a title is cut after 1,024 characters.

    Who opens a private one watches it. Raises ServiceArchived, and InvalidRequest for values that
    custom fields cannot hold, or that are missing.
    """
    require_active(service)
    fields["tags"] = custom_fields.clean_tags(fields.get("tags", ()))
    given = fields.get("custom_fields", {})
    fields["custom_fields"] = custom_fields.merge_values({}, given, is_new=by is not None)
    topics, now = fields.pop("topics", ()), timezone.now()
    fields.setdefault("severity", Severity.CRITICAL)
    incident = Incident(
        service=service,
        title=title[:1024],
        opened_at=now,
        **fields,
    )
    transitions.start_closing(incident, now)
    transitions.start_urgency(incident, now)
    sla_clock.begin(incident, now)
    incident.save(force_insert=True)
    if incident.is_private and by:
        IncidentWatcher.objects.create(incident=incident, user=by)
    opened = entry(incident, TimelineVerb.OPENED, "Opened by hand", by=by, via=via)
    record([opened, *add_topics(incident, topics, by=by, via=via)])
    return incident
