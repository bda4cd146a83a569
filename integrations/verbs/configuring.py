"""Integrations: made from a template, changed, switched, given a new token."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from escalation.models import Play, Policy
from incidents.errors import InvalidRequest
from incidents.models import Service, Team, User
from integrations import mapping
from integrations.catalog import find
from integrations.models import Integration, make_token


@transaction.atomic
def create_integration(
    template: str,
    *,
    name: str = "",
    service: Service,
    policy: Policy | None = None,
    play: Play | None = None,
    teams: Iterable[Team] = (),
    users: Iterable[User] = (),
    by: User | None = None,
    rules: dict[str, Any] | None = None,
    field_mapping: dict[str, Any] | None = None,
    **fields: Any,
) -> Integration:
    """A new way in, with its own copy of the template's rules.

    ``fields`` are further fields of the row, such as ``sequence`` or ``rate_limit``. Raises
    InvalidRequest for an unknown template, RulesError for rules that cannot work.
    """
    known = find(template)
    if known is None:
        raise InvalidRequest(f"template: there is no “{template}” in the catalog.")
    if policy and play:
        raise InvalidRequest("play: choose an escalation policy or a response play, not both.")
    if rules is None:
        rules = mapping.from_field_mapping(field_mapping) if field_mapping else known.rules
    mapping.compile(rules)
    integration = Integration.objects.create(
        template=known.slug,
        name=name or known.name,
        service=service,
        policy=policy,
        play=play,
        created_by=by,
        rules=rules,
        **fields,
    )
    integration.teams.set(teams)
    integration.users.set(users)
    return integration


def change_rules(integration_id: int, rules: dict[str, Any]) -> Integration:
    """New rules, from the next message on. Raises RulesError, and then keeps the old ones."""
    mapping.compile(rules)
    return change(integration_id, rules=rules)


def rotate_token(integration_id: int) -> Integration:
    """A new URL and key; the old ones open nothing from now on."""
    return change(integration_id, token=make_token())


def set_enabled(integration_id: int, is_enabled: bool) -> Integration:
    """Take messages, or refuse them with 403. Doing it twice changes nothing."""
    return change(integration_id, is_enabled=is_enabled)


@transaction.atomic
def change(integration_id: int, **fields: Any) -> Integration:
    """These columns, from the next message on."""
    integration = Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    for name, value in fields.items():
        setattr(integration, name, value)
    integration.save(update_fields=list(fields))
    return integration
