"""Commands of a chat about what is open already: done as the person who gave them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from incidents import acknowledgement_rules, responders
from incidents.actions import respond
from incidents.errors import DomainError
from incidents.models import Incident, User
from integrations.chat.command import ChatCommand
from integrations.chat.stored import command_of, person_of, via_of
from integrations.engine.command_result import CommandResult
from integrations.models import InboundMessage, Integration, Result
from notifications import response_options

CHAT = "slack"  # Whichever chat it is: all are allowed the same.
SEND = "incidents.Messages_Send_GlobalAccess"
Status = Incident.Status


@dataclass(frozen=True, slots=True)
class _Command:
    request: ChatCommand
    person: User
    via: str
    incident: Incident


def permission_problem(request: ChatCommand, person: User, integration: Integration) -> str:
    """Why this person may not do that; '' where it is allowed. As in the portal, no more."""
    command = request.parsed
    if command.action in ("open", "form"):
        if not person.has_perm(SEND):
            return f"{person} may not open incidents: that needs Messages_Send_GlobalAccess."
        mine = type(integration.service).objects.visible_to(person)
        if not mine.filter(pk=integration.service_id).exists():
            return f"{person} may not open incidents of {integration.service}."
    incident = None if command.number is None else _incident(command.number, person)
    if command.number is not None and incident is None:
        return f"There is no incident #{command.number} that {person} may see."
    if command.action in HANDLERS and incident is not None:
        refused = response_options.refusal(incident.pk, CHAT, command.action)
        return responders.why_not(person, incident) or refused
    return ""


def execute(message: InboundMessage, now: datetime) -> CommandResult:
    """Do what the chat command asks for, as the person who sent it."""
    request, person = command_of(message), person_of(message)
    if request is None or person is None or message.integration is None:
        return CommandResult(Result.IGNORED, "Who asked for it is not known here any more")
    number = request.parsed.number
    incident = None if number is None else _incident(number, person)
    if reason := request.parsed.fault or permission_problem(request, person, message.integration):
        return _result(request, Result.IGNORED, reason, incident)
    if incident is None or request.parsed.action not in HANDLERS:
        return _result(
            request, Result.IGNORED, f"{person} asked for: {request.parsed.action}", incident
        )
    try:
        command = _Command(request, person, via_of(message), incident)
        result, reason = HANDLERS[request.parsed.action](command)
    except DomainError as refused:
        result, reason = Result.IGNORED, f"{refused}"
    return _result(request, result, reason, incident)


def _incident(number: int, person: User) -> Incident | None:
    rows = Incident.objects.visible_to(person).select_related("assignee", "service")
    return rows.filter(pk=number).first()


def _result(
    request: ChatCommand, result: Result, reason: str, incident: Incident | None = None
) -> CommandResult:
    return CommandResult(
        result,
        reason,
        subject=incident.title if incident else "",
        action=request.parsed.action,
        source=request.label,
        source_name=request.channel,
        source_id=f"#{incident.pk}" if incident else "",
        incident_id=incident.pk if incident else None,
    )


def _acknowledge(command: _Command) -> tuple[Result, str]:
    known = command.incident
    if known.status == Status.ACKNOWLEDGED:
        return Result.IGNORED, f"{known.assignee or 'Somebody'} has #{known.pk} already."
    incident = respond.acknowledge(known.pk, by=command.person, via=command.via)
    if count := acknowledgement_rules.count(incident):
        return Result.UPDATED, f"{count}: #{known.pk} goes on paging until all have."
    return (
        Result.ACKNOWLEDGED,
        f"{command.person} has #{known.pk} now. Nobody else is paged for it.",
    )


def _resolve(command: _Command) -> tuple[Result, str]:
    known = command.incident
    if known.is_resolved:
        return Result.IGNORED, f"#{known.pk} is resolved already."
    note = command.request.parsed.text
    respond.resolve(known.pk, by=command.person, via=command.via, note=note)
    return Result.CLOSED, f"#{known.pk} is resolved."


HANDLERS: dict[str, Callable[[_Command], tuple[Result, str]]] = {
    "acknowledge": _acknowledge,
    "resolve": _resolve,
}
