"""What is told of schedules, for tests."""

from django.utils import timezone

from escalation.actions.publish_shifts import publish_due
from notifications.models import Notification
from tests.factories import (
    make_override,
    make_schedule,
    make_user,
)


def publish(now=None):
    now = now or timezone.now()
    publish_due(now)


def told(person=None):
    """The titles of what was told, once for each, in order."""
    rows = Notification.objects.filter(event="notice", channel="inapp").order_by("pk")
    if person:
        rows = rows.filter(user=person)
    return [row.facts["notice"]["title"] for row in rows]


def a_schedule(*people, **fields):
    schedule = make_schedule(*people, name="Payments", **fields)
    publish()
    return schedule


def a_schedule_named(name):
    return make_schedule(make_user(), name=name)


def soon(schedule, person, hours=(5, 7)):
    make_override(schedule, person, hours=hours)
    publish()
