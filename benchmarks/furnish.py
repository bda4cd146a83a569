"""Run in a portal's environment: makes what the benchmarks post to, and prints where that is."""

import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
django.setup()

from escalation.models import Policy, Step, Target  # noqa: E402 - Django has to be set up first
from incidents.models import Service, User  # noqa: E402
from integrations.catalog import find  # noqa: E402
from integrations.setup import integrations  # noqa: E402
from notifications.actions import contact_methods  # noqa: E402
from notifications.models import SharedChannel  # noqa: E402

TEMPLATE = "alertmanager"


def furnish(hook: str) -> dict[str, Any]:
    """One service for each way of telling; each posts Alertmanager's messages."""
    channel = SharedChannel.objects.create(name="hook", channel="webhook", config={"url": hook})
    person = User.objects.create_user(email="ada@example.net", password=None)
    contact_methods.add_contact_method(
        person, "email", {"address": "ada@example.net"}, is_verified=True
    )
    places = {
        "hook": _policy("hook", 0, shared_channel=channel),
        "critical": _policy("critical", 0, shared_channel=channel),
        "mail": _policy("mail", 0, user=person),
        "later": _policy("later", 86_400, shared_channel=channel),
        "storm": _policy("storm", 0, shared_channel=channel),
    }
    sample = next(s for s in find(TEMPLATE).samples if s.name == "open")
    return {
        "sample": sample.body,
        "places": {name: _place(name, policy) for name, policy in places.items()},
        "channel": channel.pk,
    }


def furnish_hooks(urls: list[str]) -> dict[str, Any]:
    """One more place for each URL, named for its host and port."""
    made = {}
    for url in urls:
        name = urlsplit(url).netloc
        channel = SharedChannel.objects.create(name=name, channel="webhook", config={"url": url})
        made[name] = _place(name, _policy(name, 0, shared_channel=channel))
    return made


def _policy(name: str, wait: int, **target: Any) -> Policy:
    policy = Policy.objects.create(name=name)
    step = Step.objects.create(policy=policy, position=0, wait_seconds=wait)
    (kind,) = target
    Target.objects.create(step=step, kind=kind, **target)
    # A second step, so that a run goes on as it does in life.
    last = Step.objects.create(policy=policy, position=1, wait_seconds=86_400)
    Target.objects.create(step=last, kind=kind, **target)
    return policy


def _place(name: str, policy: Policy) -> dict[str, Any]:
    service = Service.objects.create(name=name)
    made = integrations.create_integration(
        TEMPLATE, name=name, service=service, policy=policy, rate_limit=0
    )
    return {
        "path": f"/POSTAlert/{made.token}/{name}",
        "token": made.token,
        "integration": made.pk,
        "service": service.pk,
        "policy": policy.pk,
    }


if __name__ == "__main__":
    hook, *others = sys.argv[1:]
    print(json.dumps(furnish_hooks(others) if hook == "hooks" else furnish(hook)))
