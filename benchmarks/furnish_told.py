"""Run in a portal's environment: people, accounts and places for ``benchmarks.told``."""

import json
import sys
from typing import Any

from benchmarks.furnish import _person, _place, _policy
from escalation.models import Policy, Step, Target
from incidents.actions import api_keys
from incidents.models import Incident, IncidentWatcher, Service, User
from notifications.actions import contact_methods, settings
from notifications.models import Provider, SharedChannel

GATEWAY = {
    "method": "POST",
    "kind": "application/json",
    "body": '{"to": "{{to}}", "text": "{{text}}"}',
    "secret": "",
}


def loud(hook: str) -> dict[str, Any]:
    """A place that pages a room every second until somebody has the incident, and a key."""
    channel = SharedChannel.objects.create(name="loud", channel="webhook", config={"url": hook})
    policy = Policy.objects.create(name="loud")
    step = Step.objects.create(policy=policy, position=0, retries=60, retry_seconds=1)
    Target.objects.create(step=step, kind="shared_channel", shared_channel=channel)
    owner = User.objects.create_superuser("loud@example.net")
    return {"places": {"loud": _place("loud", policy)}, "key": _key(owner)}


def gateway(name: str, url: str, rate: str) -> dict[str, Any]:
    """An account at a gateway for text messages; ``rate`` messages a second, '' for any."""
    row = settings.add_provider("sms", "http_gateway", name, {**GATEWAY, "url": url})
    row.position = -int(row.pk) % 1000  # The one that was made last is asked first.
    row.rate_per_s, row.burst = (float(rate), 1) if rate else (None, None)
    row.save()
    return {"id": row.pk}


def enable(*names: str) -> dict[str, Any]:
    """These accounts, and no others."""
    Provider.objects.update(is_enabled=False)
    Provider.objects.filter(name__in=names).update(is_enabled=True)
    return {}


def phone(name: str, number: str) -> dict[str, Any]:
    """A place that pages somebody by a text message alone."""
    person = User.objects.create_user(email=f"{name}@example.net", password=None)
    contact_methods.add_contact_method(person, "sms", {"number": number}, is_verified=True)
    return {"places": {name: _place(name, _policy(name, 0, user=person))}}


def announcement(count: str) -> dict[str, Any]:
    """An incident that so many people watch, and a key to write a note with."""
    people = [_person(f"reader-{number}@example.net") for number in range(int(count))]
    service = Service.objects.create(name="watched")
    incident = Incident.objects.create(service=service, title="Everybody watches this")
    IncidentWatcher.objects.bulk_create(
        IncidentWatcher(incident=incident, user=person) for person in people
    )
    owner = User.objects.create_superuser("writer@example.net")
    return {"incident": incident.pk, "key": _key(owner)}


def _key(owner: User) -> str:
    return api_keys.create_key(owner, "bench", list(api_keys.SCOPES))[1]


MAKES = {one.__name__: one for one in (loud, gateway, enable, phone, announcement)}

if __name__ == "__main__":
    what, *values = sys.argv[1:]
    print(json.dumps(MAKES[what](*values)))
