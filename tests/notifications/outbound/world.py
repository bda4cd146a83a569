"""Outbound services for tests, and their time."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from escalation.actions import start
from incidents.choices import TimelineVerb
from notifications.actions import outbound, updates
from notifications.models import OutboundDelivery, OutboundService
from notifications.outbound import all_systems
from tests.factories import make_service
from tests.tasks import run_tasks

_numbers = count(1)


def make_system(kind, config=None, **fields):
    """A service of this kind, by its example and what ``config`` says besides."""
    settings = {**all_systems()[kind].example, **(config or {})}
    return OutboundService.objects.create(
        kind=kind, name=f"System {next(_numbers)}", config=settings, **fields
    )


def make_jira(jira, **fields):
    config = {"base_url": jira.url, "email": "ops@example.com", "token": "t0ken-of-jira"}
    return make_system("jira_cloud", config, **fields)


def make_desk(receiver, **fields):
    url = receiver.url.removesuffix("/hook/t0ken")
    return make_system("http", {"base_url": f"{url}/api"}, **fields)


def open_incident(title="Disk full", **fields):
    return start.open_incident(make_service(), title, **fields)


def go_on():
    """What the outbox, the workers and the sweep do until nothing is left that is due now."""
    while updates.notify_status_updates():
        pass
    run_tasks()


def later(times=1):
    """Waits are over: what failed is tried again."""
    for _ in range(times):
        waiting = OutboundDelivery.objects.filter(state="waiting")
        waiting.update(due_at=timezone.now() - timedelta(seconds=1))
        outbound.hand_over_due(timezone.now())
        run_tasks()


def lines(incident, verb):
    rows = incident.timeline.filter(verb=TimelineVerb(verb)).order_by("pk")
    return list(rows.values_list("text", flat=True))


def states():
    rows = OutboundDelivery.objects.order_by("pk")
    return list(rows.values_list("operation", "state"))
