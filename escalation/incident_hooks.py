"""What incidents ask of what stands above them: registered with them when the app is ready."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import F

from escalation.models import Holiday, Policy, Run
from escalation.on_call.shift_rows import shifts_of
from escalation.plans.plan import UnsupportedPlan
from incidents.acknowledgement_rules import acknowledgements_wanted
from incidents.holidays import holiday_reader
from incidents.models import Incident, User
from incidents.snooze_choices import snooze_choice
from notifications.response_options import Buttons, response_options
from opsportal.lib.prepared_queries import PreparedQuery

SHIFTS_WITHIN = timedelta(days=30)
HAS_BUTTONS = PreparedQuery(
    lambda: Policy.objects.exclude(response_buttons={}).order_by().values("pk")[:1]
)


@acknowledgements_wanted
def wanted_by_step(incident: Incident) -> int:
    """How many have to acknowledge, as the step says that was taken last in this round.

    Before its first step, and without a run: one.
    """
    run = Run.objects.active().filter(incident=incident, paging_round=incident.paging_round).first()
    if run is None:
        return 1
    try:
        steps = run.plan.steps
    except UnsupportedPlan:
        return 1
    # A retry stands at the step that was taken, every other cursor at the next one.
    position = run.position if run.retry else run.position - 1
    if run.repeat and position < 0:
        position = len(steps) - 1
    position = min(position, len(steps) - 1)
    return steps[position].acknowledgements if position >= 0 else 1


@response_options
def buttons_of_policies(incidents: Collection[int]) -> dict[int, Buttons]:
    """Of incidents that a policy pages for which says so: which channels offer which answers."""
    if not incidents or not HAS_BUTTONS.exists():
        return {}
    rows = Run.objects.filter(
        incident__in=incidents, paging_round=F("incident__paging_round")
    ).exclude(policy__response_buttons={})
    found = rows.exclude(policy=None).order_by().values_list("incident", "policy__response_buttons")
    return dict(found)


@snooze_choice("next_shift", "Until my next shift")
def next_shift(incident: Incident, user: User, now: datetime) -> datetime | None:
    """When the person is on call next; None without a shift that begins within 30 days."""
    starts = [shift.start for shift in shifts_of(user, now, now + SHIFTS_WITHIN)]
    return min((start for start in starts if start > now), default=None)


@holiday_reader
def days_of(country: str, subdivision: str) -> frozenset[date]:
    """The holidays of a place, as schedules follow them."""
    rows = Holiday.objects.filter(country=country, subdivision=subdivision, removed_at=None)
    return frozenset(rows.values_list("day", flat=True))
