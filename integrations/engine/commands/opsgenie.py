"""What is done to an alert by that API. A deed on something that is gone is told, never raised."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from escalation.actions import add_responders, escalate
from escalation.actions.start import start_again
from incidents.actions import edit_alert, ingest, respond
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Alert, Incident, Team, User
from incidents.report import Report
from integrations.decoding import decode
from integrations.dialects.opsgenie.lookup import find_alert
from integrations.dialects.opsgenie.requests import ACTION, ALERT, SAID, SEVERITIES, responders_of
from integrations.engine.commands.opsgenie_enrich import via_of
from integrations.engine.result import Done
from integrations.mapping.attributes import pairs
from integrations.mapping.timestamps import moment_of
from integrations.models import InboundMessage
from opsportal.lib.text import as_text

Status = Incident.Status
SOURCE = "Opsgenie API"


@dataclass(frozen=True, slots=True)
class Order:
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
        [outcome] = ingest.report(
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
            ]
        )
        if outcome.paged and outcome.incident_id:
            start_again(Incident.objects.get(pk=outcome.incident_id), now=self.now)


def act(message: InboundMessage, now: datetime) -> Done:
    """Do what the message asks for."""
    action = message.headers.get(ACTION, "")
    kind, _, identifier = message.headers.get(ALERT, "").partition(":")
    alert = find_alert(message.service_id, kind, identifier)
    body = decode.decode(bytes(message.body), message.content_type)
    if action not in DEEDS or not isinstance(body, dict):
        return Done("unreadable", "This is nothing that can be done", action=action)
    if alert is None:
        return Done("ignored", f"There is no open alert with {kind} [{identifier}]", action=action)
    name = message.integration.name if message.integration else ""
    order = Order(message, alert, body, via_of(name, body), now)
    result, reason = "updated", SAID[action][1]
    try:
        with transaction.atomic():
            result = DEEDS[action](order) or result
            _add_note(order, action)
    except DomainError as refusal:
        result, reason = "ignored", f"{refusal}"
    return Done(
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


def _add_note(order: Order, action: str) -> None:
    note = as_text(order.body.get("note"))
    if note and action != "snooze":  # Which has said it already.
        respond.comment(order.alert.incident_id, note, via=order.via)


def _must_be_open(order: Order) -> None:
    if order.alert.closed_at:
        raise InvalidRequest("Alert is already closed")


def _close(order: Order) -> str:
    _must_be_open(order)
    order.report("resolve")
    return "closed"


def _delete(order: Order) -> str:
    """Nothing is deleted here: what was told to people stays. The incident counts as cancelled."""
    _must_be_open(order)
    others = order.incident.alerts.open().exclude(pk=order.alert.pk)
    if others.exists():
        order.report("resolve")
    else:
        note = "Deleted by its sender"
        respond.resolve(order.incident.pk, via=order.via, note=note, cancelled=True)
    return "closed"


def _acknowledge(order: Order) -> str:
    _must_be_open(order)
    if order.incident.status == Status.ACKNOWLEDGED:
        raise InvalidRequest("Alert is already acknowledged")
    order.report("acknowledge")
    return "acknowledged"


def _unacknowledge(order: Order) -> None:
    _must_be_open(order)
    if order.incident.status != Status.ACKNOWLEDGED:
        raise InvalidRequest("Alert is already unacknowledged")
    text = "The acknowledgement was taken back"
    incident = respond.page_again(order.incident.pk, via=order.via, text=text)
    start_again(incident, now=order.now)


def _snooze(order: Order) -> None:
    _must_be_open(order)
    until = moment_of(as_text(order.body.get("endTime")))
    if until is None:
        raise InvalidRequest("endTime: write a time, such as 2026-11-21T18:00:00Z")
    note = as_text(order.body.get("note"))
    respond.snooze(order.incident.pk, until, via=order.via, reason=note)


def _escalate(order: Order) -> None:
    _must_be_open(order)
    escalate.escalate(order.incident.pk, via=order.via)


def _assign(order: Order) -> None:
    _must_be_open(order)
    owner = order.body.get("owner") or {}
    name = as_text(owner.get("username") or owner.get("name") or owner.get("id"))
    user = person_of(name)
    if user is None:
        raise InvalidRequest(f"There is no person “{name}” here")
    respond.assign(order.incident.pk, user, via=order.via)


def _call_in(order: Order) -> None:
    _must_be_open(order)
    names, team_names = responders_of(order.body)
    users = [user.pk for name in names if (user := person_of(name))]
    teams = [team.pk for name in team_names if (team := _team_of(name))]
    if not users and not teams:
        wanted = ", ".join([*names, *team_names]) or "nobody"
        raise InvalidRequest(f"There is no person or team “{wanted}” here")
    intent = f"opsgenie:{order.message.pk}"
    add_responders.call_in(
        order.incident.pk, users=users, teams=teams, intent=intent, via=order.via
    )


def _note(order: Order) -> None:
    """The note itself is added as with every action."""


def _tag(order: Order) -> None:
    edit_alert.annotate(order.alert.pk, "tags", add=dict(pairs(order.body["tags"])), via=order.via)


def _untag(order: Order) -> None:
    gone = dict(pairs(order.body.get("tags")))
    edit_alert.annotate(order.alert.pk, "tags", remove=gone, via=order.via)


def _detail(order: Order) -> None:
    added = {name[:255]: text[:1024] for name, text in pairs(order.body["details"])[:100]}
    edit_alert.annotate(order.alert.pk, "custom_fields", add=added, via=order.via)


def _undetail(order: Order) -> None:
    gone = [as_text(key) for key in order.body.get("keys") or []]
    edit_alert.annotate(order.alert.pk, "custom_fields", remove=gone, via=order.via)


def _message(order: Order) -> None:
    title = as_text(order.body["message"])[:1024]
    edit_alert.describe(order.alert.pk, title=title, via=order.via)


def _description(order: Order) -> None:
    text = as_text(order.body["description"])[:15_000]
    edit_alert.describe(order.alert.pk, description=text, via=order.via)


def _prioritize(order: Order) -> None:
    """A priority that means a worse severity pages again, as it does where a sender says so."""
    priority = as_text(order.body["priority"]).upper()
    edit_alert.describe(order.alert.pk, priority=priority, via=order.via)
    if not order.alert.closed_at:
        order.report("update", severity=SEVERITIES[priority], short_text=f"Priority {priority}")


DEEDS: dict[str, Callable[[Order], str | None]] = {
    "close": _close,
    "delete": _delete,
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "snooze": _snooze,
    "escalate": _escalate,
    "assign": _assign,
    "responders": _call_in,
    "teams": _call_in,
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
    people = User.objects.active()
    return people.filter(email__iexact=name).first() or people.filter(name__iexact=name).first()


def _team_of(name: str) -> Team | None:
    return Team.objects.filter(name__iexact=name).first()
