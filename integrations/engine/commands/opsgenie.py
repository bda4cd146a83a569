"""Alert actions of the Opsgenie API. What cannot be done is a result, and raises nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from escalation.actions import add_responders, escalate, ingest, restart
from incidents.actions import edit_alert, respond
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Alert, Incident, Team, User
from incidents.report import Report
from integrations.decoding import decode
from integrations.dialects.opsgenie.lookup import find_alert
from integrations.dialects.opsgenie.requests import ACTION, ALERT, SAID, SEVERITIES, responders_of
from integrations.engine.command_result import CommandResult
from integrations.engine.commands.opsgenie_enrich import via_of
from integrations.mapping.attributes import pairs
from integrations.mapping.timestamps import parse_iso_timestamp
from integrations.models import InboundMessage, Result
from opsportal.lib.text import as_text

Status = Incident.Status
SOURCE = "Opsgenie API"


@dataclass(frozen=True, slots=True)
class AlertCommand:
    """One thing to be done to one alert."""

    message: InboundMessage
    alert: Alert
    body: dict[str, Any]
    via: str
    now: datetime

    @property
    def incident(self) -> Incident:
        return self.alert.incident

    def report(self, action: str, **fields: Any) -> None:
        """As if the sender of the alert had said so; what pages anew is started."""
        ingest.report(
            [
                Report(
                    action=action,
                    service_id=self.alert.service_id,
                    key=self.alert.key,
                    at=self.now,
                    source=SOURCE,
                    via=self.via,
                    stops_paging=True,
                    **fields,
                )
            ],
            now=self.now,
        )


def execute(message: InboundMessage, now: datetime) -> CommandResult:
    """Do what the message asks for."""
    action = message.headers.get(ACTION, "")
    kind, _, identifier = message.headers.get(ALERT, "").partition(":")
    alert = find_alert(message.service_id, kind, identifier)
    body = decode.decode(bytes(message.body), message.content_type)
    if action not in HANDLERS or not isinstance(body, dict):
        return CommandResult(Result.UNREADABLE, "This is nothing that can be done", action=action)
    if alert is None:
        return CommandResult(
            Result.IGNORED, f"There is no open alert with {kind} [{identifier}]", action=action
        )
    name = message.integration.name if message.integration else ""
    command = AlertCommand(message, alert, body, via_of(name, body), now)
    result, reason = Result.UPDATED, SAID[action][1]
    try:
        with transaction.atomic():
            result = HANDLERS[action](command) or result
            _add_note(command, action)
    except DomainError as refusal:
        result, reason = Result.IGNORED, f"{refusal}"
    return CommandResult(
        result,
        reason,
        subject=alert.title,
        action=action,
        source=SOURCE,
        source_name=alert.source_name,
        source_id=alert.source_id,
        alert_id=alert.pk,
        incident_id=alert.incident_id,
    )


def _add_note(command: AlertCommand, action: str) -> None:
    note = as_text(command.body.get("note"))
    if note and action != "snooze":  # Which has said it already.
        respond.comment(command.alert.incident_id, note, via=command.via)


def _must_be_open(command: AlertCommand) -> None:
    if command.alert.closed_at:
        raise InvalidRequest("Alert is already closed")


def _close(command: AlertCommand) -> Result:
    _must_be_open(command)
    command.report("resolve")
    return Result.CLOSED


def _delete(command: AlertCommand) -> Result:
    """Nothing is deleted: people have been paged for it. The incident counts as cancelled."""
    _must_be_open(command)
    others = command.incident.alerts.open().exclude(pk=command.alert.pk)
    if others.exists():
        command.report("resolve")
    else:
        note = "Deleted by its sender"
        respond.resolve(command.incident.pk, via=command.via, note=note, cancelled=True)
    return Result.CLOSED


def _acknowledge(command: AlertCommand) -> Result:
    _must_be_open(command)
    if command.incident.status == Status.ACKNOWLEDGED:
        raise InvalidRequest("Alert is already acknowledged")
    command.report("acknowledge")
    return Result.ACKNOWLEDGED


def _unacknowledge(command: AlertCommand) -> None:
    _must_be_open(command)
    if command.incident.status != Status.ACKNOWLEDGED:
        raise InvalidRequest("Alert is already unacknowledged")
    text = "The acknowledgement was taken back"
    restart.unacknowledge(command.incident.pk, via=command.via, text=text)


def _snooze(command: AlertCommand) -> None:
    _must_be_open(command)
    until = parse_iso_timestamp(as_text(command.body.get("endTime")))
    if until is None:
        raise InvalidRequest("endTime: write a time, such as 2026-11-21T18:00:00Z")
    note = as_text(command.body.get("note"))
    respond.snooze(command.incident.pk, until, via=command.via, reason=note)


def _escalate(command: AlertCommand) -> None:
    _must_be_open(command)
    escalate.escalate(command.incident.pk, via=command.via)


def _assign(command: AlertCommand) -> None:
    _must_be_open(command)
    owner = command.body.get("owner") or {}
    name = as_text(owner.get("username") or owner.get("name") or owner.get("id"))
    user = person_of(name)
    if user is None:
        raise InvalidRequest(f"There is no person “{name}” here")
    respond.assign(command.incident.pk, user, via=command.via)


def _add_responders(command: AlertCommand) -> None:
    _must_be_open(command)
    names, team_names = responders_of(command.body)
    users = [user.pk for name in names if (user := person_of(name))]
    teams = [team.pk for name in team_names if (team := _team_of(name))]
    if not users and not teams:
        wanted = ", ".join([*names, *team_names]) or "nobody"
        raise InvalidRequest(f"There is no person or team “{wanted}” here")
    page_key = f"opsgenie:{command.message.pk}"
    add_responders.add_responders(
        command.incident.pk, users=users, teams=teams, page_key=page_key, via=command.via
    )


def _note(command: AlertCommand) -> None:
    """The note itself is added as with every action."""


def _tag(command: AlertCommand) -> None:
    edit_alert.annotate(
        command.alert.pk, "tags", add=dict(pairs(command.body["tags"])), via=command.via
    )


def _untag(command: AlertCommand) -> None:
    gone = dict(pairs(command.body.get("tags")))
    edit_alert.annotate(command.alert.pk, "tags", remove=gone, via=command.via)


def _detail(command: AlertCommand) -> None:
    added = {name[:255]: text[:1024] for name, text in pairs(command.body["details"])[:100]}
    edit_alert.annotate(command.alert.pk, "custom_fields", add=added, via=command.via)


def _undetail(command: AlertCommand) -> None:
    gone = [as_text(key) for key in command.body.get("keys") or []]
    edit_alert.annotate(command.alert.pk, "custom_fields", remove=gone, via=command.via)


def _message(command: AlertCommand) -> None:
    title = as_text(command.body["message"])[:1024]
    edit_alert.describe(command.alert.pk, title=title, via=command.via)


def _description(command: AlertCommand) -> None:
    text = as_text(command.body["description"])[:15_000]
    edit_alert.describe(command.alert.pk, description=text, via=command.via)


def _prioritize(command: AlertCommand) -> None:
    """A priority that means a worse severity pages again, as it does where a sender says so."""
    priority = as_text(command.body["priority"]).upper()
    edit_alert.describe(command.alert.pk, priority=priority, via=command.via)
    if not command.alert.closed_at:
        command.report("update", severity=SEVERITIES[priority], short_text=f"Priority {priority}")


HANDLERS: dict[str, Callable[[AlertCommand], Result | None]] = {
    "close": _close,
    "delete": _delete,
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "snooze": _snooze,
    "escalate": _escalate,
    "assign": _assign,
    "responders": _add_responders,
    "teams": _add_responders,
    "notes": _note,
    "tags": _tag,
    "details": _detail,
    "remove-tags": _untag,
    "remove-details": _undetail,
    "message": _message,
    "description": _description,
    "priority": _prioritize,
}


def person_of(name: str) -> User | None:
    """The active person with this e-mail address or name."""
    people: QuerySet[User] = User.objects.active()
    return people.filter(email__iexact=name).first() or people.filter(name__iexact=name).first()


def _team_of(name: str) -> Team | None:
    return Team.objects.filter(name__iexact=name).first()
