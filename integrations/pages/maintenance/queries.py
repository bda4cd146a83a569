"""Maintenance windows by state, filtered, counted and ordered in SQL.

The state of a window that takes place once is a condition on its columns. The next occurrence of
a series depends on the time zone and on the calendar: it is computed from the columns of the
series that are not over, with one query.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, Value, When

from integrations.maintenance.matching import timetable_of, unfinished
from integrations.maintenance.recurrence import ONCE, Occurrence
from integrations.models import MaintenanceWindow

CURRENT, PLANNED, PAST, ALL = "current", "planned", "past", "all"
TIMES = ("starts_at", "ends_at", "recurrence", "weekdays", "time_zone", "until", "ended_at")


@dataclass(slots=True)
class States:
    """The windows of a QuerySet by state at ``now``."""

    rows: QuerySet[MaintenanceWindow]
    now: datetime
    # The next occurrence of each series that is not over, by primary key.
    series: dict[int, Occurrence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unended = self.rows.exclude(recurrence=ONCE).filter(unfinished(self.now)).order_by()
        for row in unended.only(*TIMES).select_related(None).prefetch_related(None):
            if occurrence := next(timetable_of(row).after(self.now), None):
                self.series[row.pk] = occurrence

    def condition(self, state: str) -> Q:
        """The filter for a state; ``all`` filters nothing."""
        if state == ALL:
            return Q()
        if state == PAST:
            return ~(self.condition(CURRENT) | self.condition(PLANNED))
        has_begun = state == CURRENT
        begun = Q(starts_at__lte=self.now) if has_begun else Q(starts_at__gt=self.now)
        once = Q(recurrence=ONCE, ends_at__gt=self.now) & begun
        once &= ~Q(ended_at__gte=F("starts_at"))
        numbers = [n for n, one in self.series.items() if (one.start <= self.now) is has_begun]
        return once | Q(pk__in=numbers)

    def counts(self) -> dict[str, int]:
        """The number of windows in each state; one query."""
        counted = {
            state: Count("pk", filter=self.condition(state)) for state in (CURRENT, PLANNED, PAST)
        }
        return self.rows.order_by().aggregate(all=Count("pk"), **counted)

    def in_state(self, state: str) -> QuerySet[MaintenanceWindow]:
        """The windows in a state: the next occurrence first, or of past ones the newest."""
        rows = self.rows.filter(self.condition(state))
        if state not in (CURRENT, PLANNED):
            return rows.order_by("-starts_at", "-pk")
        starts = [When(pk=pk, then=Value(one.start)) for pk, one in self.series.items()]
        start = Case(*starts, default=F("starts_at"), output_field=DateTimeField())
        return rows.annotate(next_start=start).order_by("next_start", "pk")
