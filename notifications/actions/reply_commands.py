"""What an answer to a message does, whoever gave it."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from incidents.actions import respond
from incidents.errors import InvalidRequest
from incidents.models import Incident, User
from notifications.replies import Command

Act = Callable[..., Incident]


def _assign(number: int, *, by: User | None, via: str) -> Incident:
    if by is None:
        raise InvalidRequest(f"Nobody is known by this address who could take #{number}.")
    return respond.assign(number, by, by=by, via=via)


# Upper apps add what they know how to do.
VERBS: dict[str, Act] = {
    "acknowledge": respond.acknowledge,
    "resolve": respond.resolve,
    "assign": _assign,
}
DONE = {
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "escalate": "escalated",
    "assign": "assigned",
    "snooze": "snoozed",
}
SNOOZE_MINUTES = 60  # where none are named


def execute(command: Command, incident: int, *, by: User | None, via: str) -> Incident:
    """Do it; ``by`` is None where nobody is known by the address. Raises DomainError."""
    if command.verb != "snooze":
        return VERBS[command.verb](incident, by=by, via=via)
    until = timezone.now() + timedelta(minutes=command.minutes or SNOOZE_MINUTES)
    return respond.snooze(incident, until, by=by, via=via)
