"""Run in a portal's environment: times what is asked of schedules, and prints it as JSON."""

import gc
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django has to be set up first
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.figures import percentile  # noqa: E402
from escalation.actions import schedules  # noqa: E402
from escalation.models import Schedule  # noqa: E402
from escalation.schedules.definition import (  # noqa: E402
    Definition,
    Layer,
    Unit,
    Window,
    parse_wall,
)
from escalation.schedules.facts import Facts, Override, OverrideKind, Version  # noqa: E402
from escalation.schedules.resolver import shifts, who  # noqa: E402
from incidents.models import User  # noqa: E402

ANCHOR = parse_wall("2026-03-02T09:00")
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
DAY_S = 86_400
OFFICE = (Window(frozenset(range(5)), 9 * 60, 17 * 60),)


def layers(count: int, *, hourly: bool = False) -> tuple[Layer, ...]:
    """Weekly and daily layers, every third within office hours; or all of them, over one that
    changes every hour and shows through."""
    made = []
    for number in range(count):
        is_hourly = hourly and number == 0
        unit = Unit.HOUR if is_hourly else Unit.WEEK if number % 2 else Unit.DAY
        made.append(
            Layer(
                f"layer-{number}",
                f"Layer {number}",
                rank=number,
                unit=unit,
                anchor=ANCHOR,
                ring=tuple((person,) for person in range(1, 7)),
                windows=OFFICE if number % 3 == 2 or (hourly and number) else (),
            )
        )
    return tuple(made)


def facts(count: int, overrides: int = 0, *, hourly: bool = False) -> Facts:
    """A schedule in Berlin, with overrides of eight hours a week apart."""
    definition = Definition("Europe/Berlin", layers(count, hourly=hourly))
    made = tuple(
        Override(
            id=number,
            kind=OverrideKind.INSTEAD,
            start=START + number * 7 * DAY_S,
            end=START + number * 7 * DAY_S + 8 * 3600,
            made_at=number,
            people=(1,),
        )
        for number in range(overrides)
    )
    return Facts((Version(definition),), overrides=made)


def times(act: Callable[[int], Any], count: int) -> list[float]:
    """Milliseconds of each call; the first, which fills caches, is left out."""
    act(0)
    found = []
    for number in range(1, count + 1):
        began = time.perf_counter()
        act(number)
        found.append((time.perf_counter() - began) * 1000)
    return found


def pages() -> dict[str, float]:
    """Of 100 schedules: the week of all, one alone, who is on call now; server time."""
    settings.ALLOWED_HOSTS = ["*"]
    owner = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
        "bench@example.net", None
    )
    people = [
        User.objects.create_user(f"b{n}-{time.time_ns()}@example.net", name=f"Person {n}")
        for n in range(6)
    ]
    if Schedule.objects.count() < 100:
        ring = tuple((person.pk,) for person in people)
        for number in range(100):
            daily = Layer("daily", "Daily", unit=Unit.DAY, anchor=ANCHOR, ring=ring)
            office = Layer("office", "Office", rank=2, anchor=ANCHOR, ring=ring, windows=OFFICE)
            definition = Definition("Europe/Berlin", (daily, office))
            schedules.add_schedule(definition, name=f"Schedule {number} {timezone.now():%s%f}")
    client = Client()
    client.force_login(owner)
    one = Schedule.objects.first()
    assert one is not None
    addresses = {"week": "/schedules/", "one": one.get_absolute_url(), "now": "/oncall/"}
    return {
        name: percentile(times(lambda _: client.get(path), 10), 50)  # noqa: B023 - called at once
        for name, path in addresses.items()
    }


def main() -> None:
    gc.collect()
    gc.freeze()  # As the services do once they have loaded what they need.
    asked, busy = facts(10, 50), facts(6, hourly=True)
    year = timedelta(days=365) // timedelta(seconds=1)
    found = {
        "who": percentile(times(lambda n: who(asked, START + n * 3637), 2000), 99),
        "year": percentile(times(lambda _: shifts(busy, START, START + year), 10), 50),
        **pages(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
