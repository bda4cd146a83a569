"""Integrations: created from a template, changed, switched, given a new token."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents.actions import rekey, settings
from incidents.actions.archiving import require_active
from incidents.errors import InvalidRequest
from incidents.models import Team, User
from incidents.responders import refuse_stakeholders
from integrations.catalog import Template, find
from integrations.engine.rekey_alerts import key_changes
from integrations.heartbeats.pings import restart_timers
from integrations.mail import addresses
from integrations.mapping import rules as mapping
from integrations.models import Integration
from integrations.routing import targets
from integrations.signatures import needs_secret


@transaction.atomic
def create_integration(
    template: str,
    *,
    teams: Iterable[Team] = (),
    users: Iterable[User] = (),
    by: User | None = None,
    field_mapping: dict[str, Any] | None = None,
    **fields: Any,
) -> Integration:
    """A new integration, with its own copy of the template's rules.

    ``fields`` are those of the row: ``service`` always, ``name``, ``policy`` or ``play``,
    ``rules``, ``sequence`` and others as wanted. Raises InvalidRequest for an unknown template,
    a Stakeholder or fields that exclude each other, RulesError for rules that cannot work.
    """
    known = find(template)
    if known is None:
        raise InvalidRequest(f"template: there is no “{template}” in the catalog.")
    if fields.get("rules") is None:
        own = mapping.from_field_mapping(field_mapping) if field_mapping else None
        fields["rules"] = own or known.rules
    mapping.compile(fields["rules"])
    targets.check(fields.get("routing", {}))
    users = list(users)
    refuse_stakeholders("users", users)
    _check_fields(known, fields)
    keep_bridge(fields)
    fields["name"] = fields.get("name") or known.name
    require_active(fields["service"])
    integration = Integration.objects.create(
        kind=known.kind, template=known.slug, created_by=by, **fields
    )
    integration.teams.add(*teams)
    integration.users.add(*users)
    return integration


def _check_fields(template: Template, fields: dict[str, Any]) -> None:
    """Refuse what excludes each other, and fill in what the template decides."""
    if fields.get("policy") and fields.get("play"):
        raise InvalidRequest("play: choose an escalation policy or a response play, not both.")
    if template.kind == Integration.Kind.EMAIL:
        fields["mailbox"] = addresses.checked(fields.get("mailbox", ""))
    elif fields.get("mailbox"):
        raise InvalidRequest("mailbox: only integrations of the channel Email have one.")
    if template.signature and not needs_secret(template.signature):
        fields.setdefault("signature_provider", template.signature)


@transaction.atomic
def change_rules(integration_id: int, rules: dict[str, Any]) -> Integration:
    """New rules, from the next message on. Raises RulesError, and then keeps the old ones.

    Alerts that are open get the keys that the new rules would have given them: what closes them
    later is read by the new rules, and must find them.
    """
    compiled = mapping.compile(rules)
    integration = change(integration_id, rules=rules)
    rekey.rekey(key_changes(integration, compiled).keys)
    return integration


def set_enabled(integration_id: int, is_enabled: bool) -> Integration:
    """Take messages, or refuse them with 403. Doing it twice changes nothing."""
    return change(integration_id, is_enabled=is_enabled)


def keep_bridge(fields: dict[str, Any]) -> None:
    """A bridge that was made on the way is kept."""
    bridge = fields.get("conference_bridge")
    if bridge is not None and bridge.pk is None:
        settings.save_bridge(bridge)


@transaction.atomic
def change(integration_id: int, **fields: Any) -> Integration:
    """These columns, from the next message on. Raises ServiceArchived."""
    integration = Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    if fields.get("is_enabled", False) and not integration.is_enabled:
        require_active(fields.get("service", integration.service))
    elif "service" in fields and fields["service"] != integration.service:
        require_active(fields["service"])
    is_back = bool(fields.get("is_enabled")) and not integration.is_enabled
    for name, value in fields.items():
        setattr(integration, name, value)
    integration.save(update_fields=list(fields))
    if is_back:
        restart_timers(integration.pk, timezone.now())
    return integration
