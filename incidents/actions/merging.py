"""Incidents become one, or are taken apart again. Called by `escalation`, which moves the runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents import sla_clock, transitions
from incidents.actions.alert_locks import lock_with_alerts, retry_when_alerts_join
from incidents.actions.locking import save_transition
from incidents.actions.timeline import entry, record
from incidents.choices import Resolution, TimelineVerb
from incidents.errors import IncidentClosed, InvalidRequest, MergedElsewhere, NotMerged, TooLate
from incidents.models import Alert, Incident, Merge, Severity, TimelineEntry, User
from incidents.models.merge import UNDO_TTL

Status = Incident.Status
MAX_AT_ONCE = 50


@dataclass(slots=True)
class Merged:
    """What a merge did: ``sources`` are the incidents that ended by it, ``repages`` whether the
    other one is open again because one of them is worse than what is known of it."""

    target: Incident
    sources: list[Incident] = field(default_factory=list)
    repages: bool = False


@retry_when_alerts_join
@transaction.atomic
def merge(
    target_id: int,
    source_ids: Sequence[int],
    *,
    reason: str = "",
    by: User | None = None,
    via: str = "",
) -> Merged:
    """These become parts of the target: their alerts, and what is reported of them from now on.

    They end as merged. What is one already stays so. Raises IncidentClosed where one is resolved,
    and InvalidRequest where a test, or one that tells nobody, would hide what pages.
    """
    sources = list(dict.fromkeys(source_ids))
    if not 0 < len(sources) <= MAX_AT_ONCE:
        raise InvalidRequest(f"incidents: name 1 to {MAX_AT_ONCE} incidents.")
    if target_id in sources:
        raise InvalidRequest(f"incidents: #{target_id} cannot be merged into itself.")
    found = lock_with_alerts([target_id, *sources])
    target, now = found[target_id], timezone.now()
    merged, lines = Merged(target), list[TimelineEntry]()
    for source in (found[pk] for pk in sources):
        if source.merged_into_id == target.pk:
            continue
        _check(source, target)
        lines += _absorb(source, merged, Merge(reason=reason, by=by, at=now))
    for line in lines:
        line.by, line.via = by, via
    if merged.sources:
        save_transition(target)
    record(lines)
    return merged


def _check(source: Incident, target: Incident) -> None:
    for incident in (source, target):
        if incident.is_resolved:
            raise IncidentClosed(f"Incident #{incident.pk} is already resolved.")
    if source.is_test != target.is_test:
        raise InvalidRequest(f"incidents: one of #{source.pk} and #{target.pk} is a test.")
    if source.is_private and not target.is_private:
        raise InvalidRequest(
            f"incidents: #{source.pk} is private, and #{target.pk} is not. Make both private."
        )
    if target.suppressed_reason and not source.suppressed_reason:
        raise InvalidRequest(
            f"incidents: #{target.pk} tells nobody yet ({target.suppressed_reason}), and "
            f"#{source.pk} does. Merge the other way round."
        )


def _absorb(source: Incident, merged: Merged, row: Merge) -> list[TimelineEntry]:
    """One incident ends, and its alerts go to the target. The caller saves the target."""
    target, was_open = merged.target, source.is_open and not source.suppressed_reason
    was_told = not source.suppressed_reason
    alerts = Alert.objects.filter(incident=source)
    row.source, row.target, row.service_id = source, target, source.service_id
    row.group_key, row.group_until = source.group_key, source.group_until
    row.before = {
        "status": source.status,
        "snoozed_until": source.snoozed_until and source.snoozed_until.isoformat(),
        "open_alerts": alerts.filter(closed_at=None).count(),
    }
    row.alert_ids = list(alerts.order_by("pk").values_list("pk", flat=True))
    row.save()
    Alert.objects.filter(pk__in=row.alert_ids).update(incident=target)
    transitions.close(source, row.at, Resolution.MERGED)
    source.merged_into = target
    source.save(update_fields=["merged_into"])
    save_transition(source)
    merged.sources.append(source)
    return _lines(source, target, row, was_told=was_told) + _worsen(
        source, merged, row.at, was_open=was_open
    )


def _lines(
    source: Incident, target: Incident, row: Merge, *, was_told: bool
) -> list[TimelineEntry]:
    why = f": {row.reason}" if row.reason else ""
    count = len(row.alert_ids)
    moved = f", with {count} alert{'s' * (count != 1)}" if count else ""
    facts = {"source": source.pk, "target": target.pk, "alerts": row.alert_ids}
    gone = entry(source, TimelineVerb.MERGED, f"Into #{target.pk}{why}", facts=facts)
    come = entry(target, TimelineVerb.MERGED, f"With #{source.pk}{moved}{why}", facts=facts)
    gone.is_announced = not was_told  # Of what was suppressed nobody has heard.
    come.is_announced = True  # Only whoever was told of the other one has to hear of it.
    return [gone, come]


def _worsen(
    source: Incident, merged: Merged, at: datetime, *, was_open: bool
) -> list[TimelineEntry]:
    """The target is as bad as the worst; past what is known of it, it pages again, unless
    somebody has the other one."""
    target = merged.target
    rank = Severity(source.severity).rank
    known = target.acknowledged_severity or target.severity
    is_news = was_open and rank < Severity(known).rank and not target.is_open
    lines = []
    if rank < Severity(target.severity).rank:
        text = f"From {target.severity} to {source.severity}: #{source.pk}"
        transitions.escalate_severity(target, source.severity, at)
        lines.append(entry(target, TimelineVerb.SEVERITY_ESCALATED, text))
    if is_news:
        transitions.reopen(target, at)
        merged.repages = True
        text = f"#{source.pk} is worse than what was known of it: {source.severity}"
        lines.append(entry(target, TimelineVerb.RE_TRIGGERED, text))
    return lines


@dataclass(frozen=True, slots=True)
class Restored:
    """An incident that stands alone again; ``pages`` where a new round begins."""

    incident: Incident
    pages: bool = False
    is_new: bool = False


@retry_when_alerts_join
@transaction.atomic
def undo_merge(incident_id: int, *, by: User | None = None, via: str = "") -> Restored:
    """Take a merged incident out of the other again, with the alerts that it brought.

    It is as it was: taken, on hold, or open, which pages anew; resolved where all its alerts have
    ended since. Done twice it changes nothing. Raises NotMerged, TooLate after a day,
    IncidentClosed where the other one is resolved, and MergedElsewhere.
    """
    rows = Merge.objects.filter(source=incident_id)
    row = rows.first()
    if row is None:
        raise NotMerged(f"Incident #{incident_id} was not merged.")
    found = lock_with_alerts([incident_id, row.target_id])
    source, target, now = found[incident_id], found[row.target_id], timezone.now()
    row.refresh_from_db()
    if row.undone_at is not None:
        return Restored(source)
    _check_undo(row, target)
    row.undone_at = now
    row.save(update_fields=["undone_at"])
    Alert.objects.filter(pk__in=row.alert_ids, incident=target).update(incident=source)
    pages = _restore(source, row, now)
    facts = {"source": source.pk, "target": target.pk}
    who: dict[str, Any] = {"by": by, "via": via, "facts": facts}
    record(
        [
            entry(source, TimelineVerb.MERGE_UNDONE, f"No part of #{target.pk} any more", **who),
            entry(target, TimelineVerb.MERGE_UNDONE, f"Without #{source.pk} again", **who),
        ]
    )
    save_transition(target)
    return Restored(source, pages=pages, is_new=True)


def _check_undo(row: Merge, target: Incident) -> None:
    if not row.can_be_undone:
        hours = int(UNDO_TTL.total_seconds() // 3600)
        raise TooLate(f"A merge can be undone for {hours} hours. Split the alerts off instead.")
    if target.merged_into_id:
        raise MergedElsewhere(
            f"#{target.pk} was itself merged into #{target.merged_into_id}: undo that first."
        )
    if target.is_resolved:
        raise IncidentClosed(f"Incident #{target.pk} is resolved: reopen it first.")


def _restore(source: Incident, row: Merge, now: datetime) -> bool:
    """What it was before; returns whether a new round of paging begins."""
    source.merged_into = None
    source.save(update_fields=["merged_into"])
    is_over = row.before["open_alerts"] and not source.alerts.filter(closed_at=None).exists()
    if is_over:
        source.resolution = Resolution.RESOLVED
        save_transition(source)
        return False
    source.resolved_at, source.resolution = None, ""
    transitions.start_closing(source, now)
    if source.acknowledged_at is None:
        sla_clock.reopen(source, now)
    else:  # It was acknowledged in time, or that is noted.
        sla_clock.resume(source, now)
    until = row.before["snoozed_until"]
    if row.before["status"] == Status.ACKNOWLEDGED:
        source.status = Status.ACKNOWLEDGED
    elif until and datetime.fromisoformat(until) > now:
        transitions.snooze(source, now, datetime.fromisoformat(until))
    else:
        transitions.reopen(source, now)
    save_transition(source)
    return source.is_open
