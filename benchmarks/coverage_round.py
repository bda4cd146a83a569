"""Run in a portal's environment: times a review of the coverage, and prints it as JSON."""

import json
import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
django.setup()

from django.utils import timezone  # noqa: E402 - Django has to be set up first

from benchmarks.figures import percentile  # noqa: E402
from escalation.actions import schedules  # noqa: E402
from escalation.actions.coverage import review  # noqa: E402
from escalation.coverage.policy_uses import policies_in_use  # noqa: E402
from escalation.models import Policy, ServicePolicy, Step, Target  # noqa: E402
from escalation.schedules.definition import (  # noqa: E402
    Definition,
    Layer,
    Unit,
    Window,
    parse_wall,
)
from incidents.models import Service, User  # noqa: E402

POLICIES, PEOPLE, ROUNDS = 100, 40, 5
ANCHOR = parse_wall("2026-03-02T09:00")
OFFICE = (Window(frozenset(range(5)), 9 * 60, 17 * 60),)


def furnish() -> None:
    """Policies that services use: the schedule, one person, another one."""
    stamp = time.time_ns()
    people = [
        User.objects.create_user(f"c{n}-{stamp}@example.net", name=f"Person {n}")
        for n in range(PEOPLE)
    ]
    for number in range(POLICIES):
        ring = tuple((people[(number + n) % PEOPLE].pk,) for n in range(6))
        daily = Layer("daily", "Daily", unit=Unit.DAY, anchor=ANCHOR, ring=ring)
        office = Layer("office", "Office", rank=2, anchor=ANCHOR, ring=ring, windows=OFFICE)
        definition = Definition("Europe/Berlin", (daily, office))
        schedule = schedules.add_schedule(definition, name=f"Coverage {number} {stamp}")
        policy = Policy.objects.create(name=f"Coverage {number} {stamp}")
        service = Service.objects.create(name=f"Coverage {number} {stamp}")
        ServicePolicy.objects.create(service=service, policy=policy)
        for position in range(3):
            step = Step.objects.create(policy=policy, position=position, wait_seconds=300)
            told = {"kind": "schedule", "schedule": schedule}
            if position:
                told = {"kind": "user", "user": people[(number + position) % PEOPLE]}
            Target.objects.create(step=step, **told)


def main() -> None:
    if policies_in_use().count() < POLICIES:
        furnish()
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        review(timezone.now())
        found.append((time.perf_counter() - began) * 1000)
    print(json.dumps({"review": percentile(found, 50)}))


if __name__ == "__main__":
    main()
