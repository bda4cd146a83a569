"""Which holidays are filled when, and telling of those that have changed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django_q.tasks import async_task

from escalation.models import HolidayCalendar, Schedule
from escalation.on_call.managers import managers_or_owners
from incidents.models import Service
from notifications.actions.notices import notify
from notifications.page import Notice
from opsportal.lib.task_queues import SENDERS

JOB = "escalation.holiday_job.fill"  # by its name: to import it costs memory
LOST_AFTER = timedelta(hours=1)
MAX_LINES = 20


def named_places() -> list[tuple[str, str]]:
    """(country, subdivision) of all schedules and services that name one."""
    columns = ("holidays_country", "holidays_subdivision")
    schedules = Schedule.objects.exclude(holidays_country="").values_list(*columns)
    services = Service.objects.exclude(holidays_country="").values_list(*columns)
    return sorted({*schedules, *services})


def ask_for_holidays(now: datetime) -> bool:
    """Ask for the job where a place is new, or was filled a day ago; whether it was asked for."""
    places = named_places()
    HolidayCalendar.objects.bulk_create(
        [HolidayCalendar(country=c, subdivision=s, due_at=now) for c, s in places],
        ignore_conflicts=True,
    )
    named = Q(pk=None)
    for country, subdivision in places:
        named |= Q(country=country, subdivision=subdivision)
    due = HolidayCalendar.objects.filter(named, due_at__lte=now)
    if not due.update(due_at=now + LOST_AFTER):
        return False
    async_task(JOB, cluster=SENDERS)
    return True


def tell_managers(
    calendar: HolidayCalendar, changes: Sequence[tuple[str, date, bool]], now: datetime
) -> None:
    """Tell whoever manages schedules or services of this place what has changed: (name, day,
    whether it is a holiday now). Where nobody does, the Owners."""
    if not changes:
        return
    place = {
        "holidays_country": calendar.country,
        "holidays_subdivision": calendar.subdivision,
    }
    schedules = Schedule.objects.filter(**place)
    services = Service.objects.active().filter(**place)
    people = managers_or_owners(Q(team__schedules__in=schedules) | Q(team__services__in=services))
    lines = [
        f"{'New' if is_new else 'No longer'}: {name}, {day:%a %-d %b %Y}"
        for name, day, is_new in changes[:MAX_LINES]
    ]
    followers = {"Layers": schedules, "Support hours": services}
    for what, rows in followers.items():
        if names := ", ".join(map(str, rows)):
            lines.append(f"{what} that follow holidays change with it: {names}.")
    text = "\n".join(lines)
    notice = Notice(f"The holidays of {calendar} have changed", text, reverse("schedules"))
    key = f"holidays:{calendar.pk}:{now:%Y%m%d%H%M}"
    notify(people, notice, key=key, now=now)
