"""Commands of a chat about what is open already: done as the person who gave them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from incidents.actions import respond
from incidents.errors import DomainError
from incidents.models import Incident, User
from integrations.chat.command import ChatCommand
from integrations.chat.stored import command_of, person_of, via_of
from integrations.engine.result import Done
from integrations.models import InboundMessage, Integration

RESPOND = "incidents.respond"
SEND = "incidents.Messages_Send_GlobalAccess"
Status = Incident.Status


@dataclass(frozen=True, slots=True)
class _Order:
    asked: ChatCommand
    person: User
    via: str
    incident: Incident


def refusal_of(asked: ChatCommand, person: User, integration: Integration) -> str:
    """Why this person may not do that; '' where it is allowed. As in the portal, no more."""
    command = asked.parsed
    if command.action in ("open", "form"):
        if not person.has_perm(SEND):
            return f"{person} may not open incidents: that needs Messages_Send_GlobalAccess."
        mine = type(integration.service).objects.visible_to(person)
        if not mine.filter(pk=integration.service_id).exists():
            return f"{person} may not open incidents of {integration.service}."
    if command.action in DEEDS and not person.has_perm(RESPOND):
        return f"{person} may not {command.action} incidents: that needs the permission respond."
    if command.number is not None and _incident(command.number, person) is None:
        return f"There is no incident #{command.number} that {person} may see."
    return ""


def obey(message: InboundMessage, now: datetime) -> Done:
    """Do what was asked for, and say what came of it."""
    asked, person = command_of(message), person_of(message)
    if asked is None or person is None or message.integration is None:
        return Done("ignored", "Who asked for it is not known here any more")
    number = asked.parsed.number
    incident = None if number is None else _incident(number, person)
    if reason := asked.parsed.fault or refusal_of(asked, person, message.integration):
        return _told(asked, "ignored", reason, incident)
    if incident is None or asked.parsed.action not in DEEDS:
        return _told(asked, "ignored", f"{person} asked for: {asked.parsed.action}", incident)
    try:
        order = _Order(asked, person, via_of(message), incident)
        result, reason = DEEDS[asked.parsed.action](order)
    except DomainError as refused:
        result, reason = "ignored", f"{refused}"
    return _told(asked, result, reason, incident)


def _incident(number: int, person: User) -> Incident | None:
    rows = Incident.objects.visible_to(person).select_related("assignee", "service")
    return rows.filter(pk=number).first()


def _told(asked: ChatCommand, result: str, reason: str, incident: Incident | None = None) -> Done:
    return Done(
        result,
        reason,
        subject=incident.title if incident else "",
        action=asked.parsed.action,
        source=asked.label,
        source_name=asked.channel,
        source_id=f"#{incident.pk}" if incident else "",
        incident_id=incident.pk if incident else None,
    )


def _acknowledge(order: _Order) -> tuple[str, str]:
    known = order.incident
    if known.status == Status.ACKNOWLEDGED:
        return "ignored", f"{known.assignee or 'Somebody'} has #{known.pk} already."
    respond.acknowledge(known.pk, by=order.person, via=order.via)
    return "acknowledged", f"{order.person} has #{known.pk} now. Nobody else is paged for it."


def _resolve(order: _Order) -> tuple[str, str]:
    known = order.incident
    if known.is_resolved:
        return "ignored", f"#{known.pk} is resolved already."
    note = order.asked.parsed.text
    respond.resolve(known.pk, by=order.person, via=order.via, note=note)
    return "closed", f"#{known.pk} is resolved."


DEEDS: dict[str, Callable[[_Order], tuple[str, str]]] = {
    "acknowledge": _acknowledge,
    "resolve": _resolve,
}
