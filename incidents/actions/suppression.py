"""Suppression of incidents, ended or changed. Called by `escalation`, which moves the runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from incidents import transitions
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb, Urgency
from incidents.models import Incident, Service, TimelineEntry
from incidents.report import LOW_URGENCY, Suppression
from opsportal.lib.bulk_write import write_all

A_DAY = timedelta(days=1)
# How a round of paging begins, as the timeline says it.
BEGINNINGS = [TimelineVerb.OPENED, TimelineVerb.NOTIFICATIONS_RESUMED, TimelineVerb.REOPENED]


@transaction.atomic
def unsuppress(
    incident_ids: Sequence[int],
    *,
    now: datetime,
    only_due: bool = False,
    text: str = "",
    **who: Any,
) -> list[Incident]:
    """End the suppression of these; their service level counts from now. Idempotent.

    ``only_due``: only what was suppressed until now, and not what another caller has locked.
    Returns the incidents, which stay locked.
    """
    locked = Incident.objects.select_for_update(
        no_key=True, of=("self",), skip_locked=only_due
    ).select_related("service")
    incidents = list(locked.filter(pk__in=incident_ids).order_by("pk"))
    freed, lines = [], []
    for incident in incidents:
        if not incident.suppressed_reason or (only_due and not _is_due(incident, now)):
            continue
        lines.append(
            entry(
                incident,
                TimelineVerb.NOTIFICATIONS_RESUMED,
                text or f"Over: {incident.suppressed_reason}",
                **who,
            )
        )
        transitions.unsuppress(incident, now)
        if incident.raise_urgency_at and incident.raise_urgency_at <= now:
            lines.append(raise_urgency(incident))
        incident.changed_at = now
        freed.append(incident)
    write_all(freed, [*transitions.CHANGED_FIELDS, "changed_at"])
    record(lines)
    return incidents


@transaction.atomic
def wait_for_hours(openings: Mapping[int, datetime], *, now: datetime) -> list[Incident]:
    """Tell nobody of these incidents, by their ids, until the support hours begin; returns them.

    They have low urgency, and are locked or made by the caller. Their opening is not announced
    before either.
    """
    rows = Incident.objects.filter(pk__in=openings).select_related("service").order_by("pk")
    waiting, lines = list(rows), []
    for incident in waiting:
        opens = openings[incident.pk]
        said = _say_opening(incident.service, opens, now)
        transitions.suppress(incident, Suppression(f"{LOW_URGENCY}{said}", opens))
        incident.changed_at = now
        text = f"Low urgency: people are told at {said}, when the support hours begin"
        lines.append(entry(incident, TimelineVerb.WAITS_FOR_HOURS, text))
    write_all(waiting, [*transitions.CHANGED_FIELDS, "changed_at"])
    begun = TimelineEntry.objects.filter(incident__in=openings, is_announced=False)
    begun.filter(verb__in=BEGINNINGS).update(is_announced=True)
    record(lines)
    return waiting


def _say_opening(service: Service, opens: datetime, now: datetime) -> str:
    """When the support hours of a service begin, on its clock; with the day where it is later."""
    local = opens.astimezone(service.hours.zone)
    return f"{local:%H:%M}" if opens - now < A_DAY else f"{local:%a %d %b, %H:%M}"


def raise_urgency(incident: Incident) -> TimelineEntry:
    """The support hours have begun: what is still open is urgent. The caller saves both."""
    transitions.set_urgency(incident, Urgency.HIGH)
    text = "From low to high: the support hours have begun, and it is still open"
    return entry(incident, TimelineVerb.URGENCY_CHANGED, text)


def _is_due(incident: Incident, now: datetime) -> bool:
    return incident.suppressed_until is not None and incident.suppressed_until <= now


@transaction.atomic
def update_suppression(suppressions: Mapping[int, Suppression], *, now: datetime) -> list[Incident]:
    """Other reasons and ends for what is suppressed still. Returns those that were changed."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    locked = locked.select_related("service").exclude(suppressed_reason="")
    changed = []
    for incident in locked.filter(pk__in=suppressions).order_by("pk"):
        before = (incident.suppressed_reason, incident.suppressed_until)
        transitions.suppress(incident, suppressions[incident.pk])
        if (incident.suppressed_reason, incident.suppressed_until) != before:
            incident.changed_at = now
            changed.append(incident)
    write_all(changed, [*transitions.CHANGED_FIELDS, "changed_at"])
    return changed
