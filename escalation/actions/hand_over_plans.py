"""Hand-overs are planned ahead: the rows are the timers of what is told."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from escalation.models import HandOver, Schedule
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.schedules.facts import Facts
from escalation.schedules.hand_overs import HandOverAt, hand_overs
from escalation.schedules.resolver import shifts

PLANNED_AHEAD = timedelta(days=15)
LOOKED_BACK = timedelta(days=30)  # for who was on call before
KEPT_WITHOUT_NOTE = timedelta(days=90)


def plan_hand_overs(schedule: Schedule, facts: Facts, now: datetime) -> None:
    """Plan those of the next days; one that is not wanted any more goes, unless it has a note:
    it waits again where it is wanted again.

    Runs in the caller's transaction, which holds the schedule. ``facts`` hold from LOOKED_BACK
    until PLANNED_AHEAD.
    """
    start, end = instant_of(now - LOOKED_BACK), instant_of(now + PLANNED_AHEAD)
    found = hand_overs(shifts(facts, start, end))
    wanted = {time_of(one.at): one for one in found if one.at > instant_of(now)}
    untold = Q(done_at=None) | Q(done_at__lt=F("at"))
    for row in schedule.hand_overs.filter(untold, at__gt=now):
        if (one := wanted.pop(row.at, None)) is not None:
            _update(row, one)
        elif row.note:
            row.done_at = row.done_at or now
            row.save(update_fields=["done_at"])
        else:
            row.delete()
    rows = [
        HandOver(
            schedule=schedule,
            at=at,
            began_at=time_of(one.began),
            outgoing=list(one.outgoing),
            incoming=list(one.incoming),
        )
        for at, one in wanted.items()
    ]
    HandOver.objects.bulk_create(rows, ignore_conflicts=True)
    old = Q(at__lt=now - KEPT_WITHOUT_NOTE, note="")
    schedule.hand_overs.filter(old).delete()


def _update(row: HandOver, one: HandOverAt) -> None:
    fields = {
        "began_at": time_of(one.began),
        "outgoing": list(one.outgoing),
        "incoming": list(one.incoming),
        "done_at": None,
    }
    if any(getattr(row, name) != value for name, value in fields.items()):
        HandOver.objects.filter(pk=row.pk).update(**fields)
