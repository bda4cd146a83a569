"""Outbound services and their methods, changed; and whether they work."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse

from incidents.errors import InvalidRequest
from incidents.models import Service
from notifications.actions.outbound_operations import client_for, system_of
from notifications.channel_config import checked_by
from notifications.models import OutboundMethod, OutboundService
from notifications.outbound import all_systems, find_system, json_path, placeholders
from notifications.outbound.requests import header_lines
from opsportal.lib.encryption import SecretUnreadable, readable
from opsportal.lib.net.errors import DeliveryError

UNREADABLE = "Its settings cannot be read: enter the secrets anew."


def webhook_url(service: OutboundService) -> str:
    """Where the ticket system says what happens to tickets."""
    return f"{settings.SITE_URL}{reverse('ticket_webhook', args=[service.token])}"


def check(service: OutboundService) -> str:
    """A sentence that the settings work, after asking the service now.

    Raises DeliveryError in its words.
    """
    try:
        client, system = client_for(service), system_of(service)
        sentence = system.check(client, service.config)
        service.own_account = system.account(client, service.config)[:200]
    except SecretUnreadable:
        raise DeliveryError(UNREADABLE, permanent=True) from None
    service.save(update_fields=["own_account"])
    return sentence


def forget_account(service: OutboundService) -> None:
    """Another account may be another person there: who it is, is asked again."""
    service.own_account = ""


def method_problem(fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """→ (field, sentence) for what is wrong with a method; None where nothing is."""
    body, body_type = fields.get("body") or "", fields.get("body_type") or "application/json"
    if problem := placeholders.body_problem(body, body_type):
        return "body", problem
    for name in ("path", "headers"):
        if problem := placeholders.problem_of(fields.get(name) or ""):
            return name, problem
    try:
        header_lines(fields.get("headers") or "")
    except ValueError as error:
        return "headers", str(error)
    for name in ("remember_id", "remember_url"):
        if problem := json_path.problem_of(fields.get(name) or ""):
            return name, problem
    return None


@transaction.atomic
def write(
    service: OutboundService | None,
    *,
    methods: Sequence[dict[str, Any]] | None = None,
    services: Sequence[Service] | None = None,
    **fields: Any,
) -> OutboundService:
    """Add a service, or change what is named of one; its methods as a whole, where they are.

    A method keeps what points at it while its name stays. Raises InvalidRequest.
    """
    row = service or _new(fields.pop("kind", ""))
    fields.pop("kind", None)
    system = find_system(row.kind)
    if system and "config" in fields:
        stored = readable(row, "config", {}) if service else {}
        fields["config"] = checked_by(system, fields["config"], stored)
        forget_account(row)
    elif system and service is None:
        fields["config"] = checked_by(system, {})
    if methods and system and system.has_tickets:
        raise InvalidRequest(f"methods: {system.label} has none of its own.")
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    if services is not None:
        row.services.set(services)
    if methods is not None:
        _write_methods(row, methods)
    return row


def _new(kind: str) -> OutboundService:
    if kind not in all_systems():
        raise InvalidRequest(f"kind: write one of {', '.join(all_systems())}.")
    return OutboundService(kind=kind)


def _write_methods(service: OutboundService, methods: Sequence[dict[str, Any]]) -> None:
    names = [fields["name"] for fields in methods]
    if len(set(names)) < len(names):
        raise InvalidRequest("methods: each has a name of its own.")
    for row in service.methods.exclude(name__in=names):
        _remove(row)
    known = {row.name: row for row in service.methods.all()}
    for fields in methods:
        row = known.get(fields["name"]) or OutboundMethod(service=service)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


def _remove(method: OutboundMethod) -> None:
    try:
        method.delete()
    except ProtectedError:
        raise InvalidRequest(f"methods: a workflow sends “{method.name}”.") from None
