"""What the life of incidents is tried with: rows, times, and a clock that is moved by hand."""

from datetime import timedelta

from django.db.models import DateTimeField, F
from django.utils import timezone

from escalation.actions import schedules
from escalation.actions.overrides import Span
from escalation.models import Absence, Override, Run, ScheduleVersion
from escalation.schedules.definition import Definition, Layer, parse_wall
from incidents.models import Alert, EpisodeEnd, Incident, Merge, TimelineEntry
from notifications.models import Notification
from tests.factories import make_catch_all, make_policy, make_service, make_user

ROWS = (Incident, Alert, EpisodeEnd, Run, TimelineEntry, Notification, Merge, Override, Absence)


def pass_time(minutes):
    """So many minutes pass: everything happened so much earlier than it did."""
    span = timedelta(minutes=minutes)
    for model in ROWS:
        model.objects.update(**{name: F(name) - span for name in times_of(model)})
    for row in ScheduleVersion.objects.order_by(F("effective_from").asc(nulls_first=True)):
        # One by one: no two may hold from the same instant, not even for a moment.
        moved = {name: F(name) - span for name in times_of(ScheduleVersion)}
        ScheduleVersion.objects.filter(pk=row.pk).update(**moved)


def times_of(model):
    return [f.name for f in model._meta.concrete_fields if isinstance(f, DateTimeField)]


def span(after, lasts):
    """From so many minutes ahead, for so many."""
    start = timezone.now() + timedelta(minutes=after)
    return Span(start, start + timedelta(minutes=lasts))


def definition(people):
    """They are on call together; nobody where there is none of them."""
    ring = (tuple(person.pk for person in people),)
    layer = Layer("all", "All", anchor=parse_wall("2026-03-02T09:00"), ring=ring)
    return Definition("Europe/Berlin", (layer,) if people else ())


def make_world():
    """Three people, of whom two are on call, and one is told at last; their schedule; a service."""
    people = [make_user() for _ in range(3)]
    make_catch_all(people[2])
    schedule = schedules.add_schedule(definition(people[:2]), name="Rota")
    more = {"pause_seconds": 120, "acknowledgement_expires_minutes": 10}
    policy = make_policy([], people[1], repeats=1, **more)
    policy.steps.first().targets.create(kind="schedule", schedule=schedule)
    targets = {"acknowledge_within_minutes": 7, "resolve_within_minutes": 45}
    return people, schedule, make_service(policy, **targets)
