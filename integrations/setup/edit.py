"""What an admin changes on the saved page of an integration."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from incidents.errors import InvalidRequest
from incidents.models import Team, User
from incidents.responders import refuse_stakeholders
from integrations.catalog import find
from integrations.mail import addresses
from integrations.mapping import rules
from integrations.models import Integration, RetiredKey
from integrations.setup.integrations import change, change_rules, keep_bridge
from integrations.setup.rotation import retire

CLONED_COLUMNS = [
    "kind",
    "template",
    "service",
    "policy",
    "play",
    "conference_bridge",
    "rules",
    "token",
]
CLONED_COLUMNS += ["signature_provider", "signature_secret", "signature_form"]
CLONED_COLUMNS += ["rate_limit", "is_enabled", "routing", "chat_app_id", "refuses_replays"]
CLONED_COLUMNS += ["mailbox", "allowed_networks", "basic_user", "basic_password", "bearer_token"]
BASICS = (
    "name",
    "service",
    "policy",
    "play",
    "sequence",
    "conference_bridge",
    "is_enabled",
    "refuses_replays",
    "mailbox",
)


@transaction.atomic
def change_basics(
    integration_id: int,
    *,
    teams: Iterable[Team] | None = None,
    users: Iterable[User] | None = None,
    mailbox_overlap: timedelta = timedelta(),
    **fields: Any,
) -> Integration:
    """Other basic settings, from the next message on; what is not named stays. A mailbox that is
    replaced takes mails for ``mailbox_overlap``.

    Raises InvalidRequest, with the field, where they exclude each other or cannot be used, or
    where a Stakeholder is among the users.
    """
    if unknown := sorted(fields.keys() - set(BASICS)):
        raise TypeError(f"no basic setting: {', '.join(unknown)}")
    known = Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    if fields.get("mailbox", known.mailbox) != known.mailbox:
        if known.kind != Integration.Kind.EMAIL:
            raise InvalidRequest("mailbox: only integrations of the channel Email have one.")
        fields["mailbox"] = addresses.checked(fields["mailbox"])
        retire(known, RetiredKey.Kind.MAILBOX, known.mailbox, mailbox_overlap)
    if fields.get("policy", known.policy) and fields.get("play", known.play):
        raise InvalidRequest("play: choose an escalation policy or a response play, not both.")
    users = None if users is None else list(users)
    refuse_stakeholders("users", users or ())
    keep_bridge(fields)
    integration = change(integration_id, **fields)
    if teams is not None:
        integration.teams.set(teams)
    if users is not None:
        integration.users.set(users)
    return integration


def change_field_mapping(integration_id: int, field_mapping: dict[str, Any]) -> Integration:
    """Rules made anew out of a few named fields; raises RulesError."""
    return change_rules(integration_id, rules.from_field_mapping(field_mapping))


def reset_rules(integration_id: int) -> Integration:
    """Use the rules of the template as it is today. Raises InvalidRequest if it is gone."""
    template = find(Integration.objects.get(pk=integration_id).template)
    if template is None:
        raise InvalidRequest("The template of this integration is no longer in the catalog.")
    return change_rules(integration_id, template.rules)


def change_rate_limit(integration_id: int, rate_limit: int | None) -> Integration:
    """Messages a minute; 0 is no limit, None the portal's default."""
    return change(integration_id, rate_limit=rate_limit)


@transaction.atomic
def clone_integration(integration_id: int, *, by: User | None = None) -> Integration:
    """A copy on the same URL, tried after all others: give it a filter of its own.

    Raises InvalidRequest for a heartbeat, which cannot share its URL.
    """
    # Locked, so that no clone opens a URL that is closed at this moment.
    integration = Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    if integration.kind == Integration.Kind.HEARTBEAT:
        raise InvalidRequest("A heartbeat is alone on its URL: add another one.")
    siblings = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    highest = siblings.aggregate(highest=Max("sequence"))["highest"]
    clone = Integration.objects.create(
        **{name: getattr(integration, name) for name in CLONED_COLUMNS},
        name=f"{integration.name} (copy)"[:150],
        sequence=highest + 1,
        created_by=by,
    )
    clone.teams.set(integration.teams.all())
    clone.users.set(integration.users.all())
    return clone


def delete_integration(integration_id: int) -> None:
    """Its URL opens nothing any more; its messages stay in the log."""
    Integration.objects.filter(pk=integration_id).delete()
