"""Run in a portal's environment: makes what the benchmarks post to, and prints where that is."""

import json
import os
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
django.setup()

from django.utils import timezone  # noqa: E402 - Django has to be set up first

from escalation.actions import schedules  # noqa: E402
from escalation.actions.overrides import OverrideDraft, Span, add_override  # noqa: E402
from escalation.models import Policy, Schedule, Step, Target  # noqa: E402
from escalation.schedules.definition import Definition, Layer, Unit, parse_wall  # noqa: E402
from incidents.models import Service, User  # noqa: E402
from integrations.catalog import find  # noqa: E402
from integrations.setup import integrations  # noqa: E402
from notifications.actions import contact_methods  # noqa: E402
from notifications.models import SharedChannel  # noqa: E402

TEMPLATE = "alertmanager"
DAY_S = 86_400


def furnish(hook: str) -> dict[str, Any]:
    """One service for each way of telling; each posts Alertmanager's messages."""
    channel = SharedChannel.objects.create(name="hook", channel="webhook", config={"url": hook})
    person = _person("ada@example.net")
    places = {
        "hook": _policy("hook", 0, shared_channel=channel),
        "critical": _policy("critical", 0, shared_channel=channel),
        "mail": _policy("mail", 0, user=person),
        "later": _policy("later", DAY_S, shared_channel=channel),
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


def furnish_on_call() -> dict[str, Any]:
    """Places that tell a person, or whoever is on call in a busy schedule."""
    people = [_person(f"on-call-{number}@example.net") for number in range(6)]
    schedule = _schedule(people)
    policies = {
        "named": _policy("named", 0, user=people[0]),
        "named_later": _policy("named later", DAY_S, user=people[0]),
        "on_call": _policy("on call", 0, schedule=schedule),
        "on_call_later": _policy("on call later", DAY_S, schedule=schedule),
    }
    return {name: _place(name, policy) for name, policy in policies.items()}


def _person(address: str) -> User:
    person = User.objects.create_user(email=address, password=None)
    contact_methods.add_contact_method(person, "email", {"address": address}, is_verified=True)
    return person


def _schedule(people: list[User]) -> Schedule:
    """Ten layers that change daily, and fifty overrides a week apart, of which one holds now."""
    ring, anchor = tuple((person.pk,) for person in people), parse_wall("2026-03-02T09:00")
    layers = tuple(
        Layer(f"l{n}", f"Layer {n}", rank=n, unit=Unit.DAY, anchor=anchor, ring=ring)
        for n in range(1, 11)
    )
    schedule = schedules.add_schedule(Definition("Europe/Berlin", layers), name="Busy")
    now = timezone.now()
    for week in range(50):
        start = now + timedelta(weeks=week)
        draft = OverrideDraft(
            span=Span(start, start + timedelta(hours=8)), people=[people[week % len(people)]]
        )
        add_override(schedule, draft)
    return schedule


def _policy(name: str, wait: int, **target: Any) -> Policy:
    policy = Policy.objects.create(name=name)
    step = Step.objects.create(policy=policy, position=0, wait_seconds=wait)
    (kind,) = target
    Target.objects.create(step=step, kind=kind, **target)
    # A second step, so that a run goes on as it does in life.
    last = Step.objects.create(policy=policy, position=1, wait_seconds=DAY_S)
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
    what, *others = sys.argv[1:]
    if what == "on_call":
        print(json.dumps(furnish_on_call()))
    else:
        print(json.dumps(furnish_hooks(others) if what == "hooks" else furnish(what)))
