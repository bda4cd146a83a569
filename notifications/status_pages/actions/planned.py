"""Maintenance that is planned elsewhere, and follows there what is published of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from notifications.choices import ComponentStatus, ReportKind, ReportState
from notifications.models import StatusPage, StatusReport
from notifications.status_pages.actions.publish import Draft, add_update, publish, touch


@dataclass(frozen=True, slots=True)
class Planned:
    """One time that it takes place. ``key`` tells it apart from the others of the same source."""

    key: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """What is planned. ``services``: whose components are under maintenance; None for all."""

    name: str  # such as window:12
    title: str
    text: str
    services: frozenset[int] | None
    times: Sequence[Planned]


@transaction.atomic
def follow(source: Source, pages: Collection[StatusPage]) -> None:
    """Publish on these pages what takes place now or will, and nothing else of this source.

    What is new is told to subscribers. What is not planned any more is taken away, or over where
    it had begun. Done twice, it changes nothing.
    """
    wanted = {f"{source.name}:{one.key}": one for one in source.times}
    kept = _all_of(source.name).filter(page__in=pages, source__in=wanted)
    gone = _all_of(source.name).filter(resolved_at=None).exclude(pk__in=kept.values("pk"))
    for report in gone:
        _end(report, timezone.now())
    known = {(one.page_id, one.source): one for one in kept}
    for page in pages:
        for key, one in wanted.items():
            was = known.get((page.pk, key))
            if was is None:
                publish(page, _draft(page, source, key, one))
            elif was.resolved_at is None:  # Else somebody has ended it by hand.
                _change(was, source, one)


def is_published(name: str) -> bool:
    """Whether anything of a source stands on a page, or did."""
    return _all_of(name).exists()


def _all_of(name: str) -> QuerySet[StatusReport]:
    """What was published of it."""
    rows = StatusReport.objects.filter(source__startswith=f"{name}:")
    return rows.select_related("page")


def _draft(page: StatusPage, source: Source, key: str, one: Planned) -> Draft:
    has_begun = one.starts_at <= timezone.now()
    return Draft(
        title=source.title,
        body=source.text or source.title,
        state=ReportState.IN_PROGRESS if has_begun else ReportState.SCHEDULED,
        kind=ReportKind.MAINTENANCE,
        effects=_effects(page, source),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        source=key,
    )


def _effects(page: StatusPage, source: Source) -> dict[int, ComponentStatus]:
    rows = page.components.all()
    if source.services is not None:
        rows = rows.filter(service__in=source.services)
    return dict.fromkeys(rows.values_list("pk", flat=True), ComponentStatus.UNDER_MAINTENANCE)


def _change(report: StatusReport, source: Source, one: Planned) -> None:
    """Other times, words and components. What people have said of it stays."""
    first = report.updates.order_by("at", "pk").first()
    effects = {str(pk): status.value for pk, status in _effects(report.page, source).items()}
    body = source.text or source.title
    before = (report.title, report.starts_at, report.ends_at, first and (first.body, first.effects))
    if before == (source.title, one.starts_at, one.ends_at, (body, effects)):
        return
    report.title, report.changed_at = source.title, timezone.now()
    report.starts_at, report.ends_at = one.starts_at, one.ends_at
    report.save(update_fields=["title", "starts_at", "ends_at", "changed_at"])
    if first:
        first.body, first.effects = body, effects
        first.save(update_fields=["body", "effects"])
    touch(report.page)


def _end(report: StatusReport, now: datetime) -> None:
    if report.ends_at and report.ends_at <= now:
        return  # It is over by the clock.
    if report.starts_at <= now:
        done = "The maintenance is completed."
        add_update(report.pk, state=ReportState.COMPLETED, body=done, effects={})
        return
    report.delete()
    touch(report.page)
