"""Who is on call, and what people were told of requests for cover."""

from datetime import timedelta

from escalation.on_call.schedule_facts import timeline_of
from notifications.models import Notification


def on_call(schedule, start, end=None):
    """The names of who is on call, from one change to the next."""
    pieces = timeline_of(schedule, start, end or start + timedelta(minutes=1))
    people = {user.pk: user.name for user in type(schedule.members.first().user).objects.all()}
    return ["+".join(people[place.user] for place in piece.places) for piece in pieces]


def titles(user):
    rows = Notification.objects.filter(user=user, event="notice", channel="email")
    return [row.facts["notice"]["title"] for row in rows.order_by("pk")]
