"""Heartbeats for tests: made, beaten, and looked at."""

from django.utils import timezone

from integrations.heartbeats import pings
from integrations.heartbeats.schedule import state_of
from integrations.models import Heartbeat, InboundMessage
from integrations.setup import heartbeats
from tests.factories import make_service
from tests.integrations.posting import work


def make_heartbeat(name="Nightly backup", **fields):
    """Every five minutes, with a minute of grace, for whoever does not care."""
    if "cron" not in fields:
        fields.setdefault("every_seconds", 300)
    service = fields.pop("service", None) or make_service()
    return heartbeats.create_heartbeat(name=name, service=service, **fields)


def ping(client, integration, suffix="", *, body=None, **headers):
    """As curl does it: GET, or POST where there is a body."""
    address = f"/ping/{integration.token}{suffix}"
    headers = {"user-agent": "curl/8.5", **headers}
    if body is None:
        return client.get(address, headers=headers)
    return client.post(address, body, content_type="text/plain", headers=headers)


def row(integration):
    return Heartbeat.objects.get(pk=integration.pk)


def state(integration, now=None):
    return str(state_of(row(integration), now or timezone.now()))


def alarm(integration):
    """Let its alarm come: the time, and what the engine does then."""
    now = row(integration).alert_after
    pings.mark_overdue(now)
    work()
    return now


def overdue(integration, **past):
    """As if its alarm had been due some time ago."""
    known = row(integration)
    shift = timezone.now() - past["since"] - known.alert_after
    Heartbeat.objects.filter(pk=integration.pk).update(
        due_at=known.due_at + shift, alert_after=known.alert_after + shift
    )


def last_message():
    return InboundMessage.objects.latest("pk")
