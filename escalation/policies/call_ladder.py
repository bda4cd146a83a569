"""Whom a call that comes in rings, in which order, and at which number."""

from collections.abc import Iterable
from datetime import datetime

from escalation.models import CallRoute
from escalation.on_call.lookup import on_call_at
from escalation.policies.directory import Directory
from escalation.policies.plan_builder import plan_of_policy
from incidents.models import User
from notifications.channels import all_channels
from notifications.models import ContactMethod
from opsportal.lib.encryption import readable

CHANNELS = ("voice", "sms")  # Whose addresses are numbers that can be rung; the first is preferred.
MAX_LEGS = 10

Place = tuple[int, int]  # a person, and their contact method


def people_to_ring(route: CallRoute, now: datetime) -> list[int]:
    """The ids of who is on call in the schedule, or told by the policy: each once, in order."""
    if route.schedule is not None:
        return [user.pk for user in on_call_at(route.schedule, now)[0].people]
    plan = plan_of_policy(route.policy)
    directory = Directory([plan], now)
    steps = range(len(plan.steps))
    found = [directory.step_people(plan, at, is_first=at == 0) for at in steps]
    return list(dict.fromkeys(user for people in found for user in people))


def ladder_of_call(route: CallRoute, now: datetime) -> list[Place]:
    """Each number of each of them that is verified, once; at most ten."""
    people = people_to_ring(route, now)
    active = set(User.objects.pageable().filter(pk__in=people).values_list("pk", flat=True))
    rows = ContactMethod.objects.usable().filter(user__in=active, channel__in=CHANNELS)
    methods = sorted(rows, key=lambda row: (CHANNELS.index(row.channel), row.position, row.pk))
    found: dict[str, Place] = {}
    for user in people:
        for number, method in _numbers(row for row in methods if row.user_id == user):
            found.setdefault(number, (user, method))
    return list(found.values())[:MAX_LEGS]


def number_of(method: ContactMethod | None) -> str:
    """The number of a contact method; "" where it cannot be read any more."""
    if method is None:
        return ""
    field = all_channels()[method.channel].address_field
    return str((readable(method, "config", None) or {}).get(field) or "")


def _numbers(methods: Iterable[ContactMethod]) -> Iterable[tuple[str, int]]:
    return ((number, row.pk) for row in methods if (number := number_of(row)))
