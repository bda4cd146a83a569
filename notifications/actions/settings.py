"""Addresses and shared channels changed, and who hears of what."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import Service, Team, User
from incidents.responders import refuse_stakeholders
from notifications.channel_config import checked, checked_by
from notifications.channels import all_channels
from notifications.models import (
    CatchAll,
    ContactMethod,
    Provider,
    ServiceNotificationSettings,
    SharedChannel,
    TeamContact,
)
from notifications.providers import find_provider, providers_of
from opsportal.lib.encryption import readable

Row = TypeVar("Row", ContactMethod, SharedChannel, Provider)

NO_FAULT: dict[str, Any] = {"fault": "", "fault_at": None}


@transaction.atomic
def change_contact_method(
    method_id: int,
    *,
    config: dict[str, Any] | None = None,
    is_verified: bool | None = None,
    **fields: Any,
) -> ContactMethod:
    """Change what is named. A new address has to be proved anew, unless an admin vouches for it,
    and is not proven to reach anybody."""
    method = ContactMethod.objects.select_for_update(no_key=True).get(pk=method_id)
    proved_at = method.verified_at
    if config is not None:
        stored = readable(method, "config", None)
        fields["config"] = checked(method.channel, config, stored)
        is_another = fields["config"] != stored
        if is_another and all_channels()[method.channel].needs_verification:
            proved_at = None
            fields |= {"code_digest": "", "code_sent_at": None, **NO_FAULT}
        if is_another:
            fields["proven_at"] = None
    if is_verified is not None:
        proved_at = (proved_at or timezone.now()) if is_verified else None
    if proved_at:
        fields |= NO_FAULT
    else:
        fields["proven_at"] = None
    return _save(method, {**fields, "verified_at": proved_at})


@transaction.atomic
def add_shared_channel(
    name: str, channel: str, config: dict[str, Any], **fields: Any
) -> SharedChannel:
    """A place that several people read, or a machine."""
    row = SharedChannel(name=name, channel=channel, **fields)
    row.config = checked(channel, config)
    row.save(force_insert=True)
    return row


@transaction.atomic
def change_shared_channel(
    channel_id: int, *, config: dict[str, Any] | None = None, **fields: Any
) -> SharedChannel:
    """Change what is named. A secret that is not sent stays as it was."""
    row = SharedChannel.objects.select_for_update(no_key=True).get(pk=channel_id)
    if config is not None:
        fields["config"] = checked(row.channel, config, readable(row, "config", None))
    return _save(row, fields)


@transaction.atomic
def add_provider(
    channel: str, kind: str, name: str, config: dict[str, Any], **fields: Any
) -> Provider:
    """An account at a provider. Raises InvalidRequest for a provider that there is not."""
    provider = find_provider(channel, kind)
    if provider is None:
        known = ", ".join(providers_of(channel)) or "none"
        raise InvalidRequest(f"kind: no such provider of {channel}; known: {known}.")
    row = Provider(channel=channel, kind=kind, name=name, **fields)
    row.config = checked_by(provider, config)
    row.save(force_insert=True)
    return row


@transaction.atomic
def change_provider(
    provider_id: int, *, config: dict[str, Any] | None = None, **fields: Any
) -> Provider:
    """Change what is named. A secret that is not sent stays as it was."""
    row = Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
    provider = find_provider(row.channel, row.kind)
    if config is not None and provider is not None:
        fields["config"] = checked_by(provider, config, readable(row, "config", None))
    return _save(row, fields)


@transaction.atomic
def set_notification_settings(
    service: Service, *, channels: Iterable[SharedChannel] | None = None, **fields: Any
) -> ServiceNotificationSettings:
    """Which events of the service which shared channels hear of, and by which channels people do
    (``personal_channels``). What is not named stays."""
    notice, _ = ServiceNotificationSettings.objects.update_or_create(
        service=service, defaults=fields
    )
    if channels is not None:
        notice.channels.set(channels)
    return notice


@transaction.atomic
def set_team_contacts(team: Team, contacts: Iterable[tuple[SharedChannel, int]]) -> None:
    """The addresses of a team as a whole, in their order: (shared channel, minutes after the one
    before it). Raises InvalidRequest where one is there twice."""
    rows = [
        TeamContact(team=team, shared_channel=channel, wait_minutes=minutes, position=position)
        for position, (channel, minutes) in enumerate(contacts)
    ]
    if len({row.shared_channel_id for row in rows}) < len(rows):
        raise InvalidRequest("contacts: A shared channel is there twice.")
    for old in TeamContact.objects.filter(team=team):
        old.delete()
    for row in rows:
        row.save(force_insert=True)


@transaction.atomic
def set_catch_all(
    *, users: Iterable[User] | None = None, channels: Iterable[SharedChannel] | None = None
) -> CatchAll:
    """Who is told when everything else reached nobody. What is not named stays.

    Raises InvalidRequest for a Stakeholder.
    """
    users = None if users is None else list(users)
    refuse_stakeholders("users", users or ())
    row, _ = CatchAll.objects.get_or_create(pk=1)
    if users is not None:
        row.users.set(users)
    if channels is not None:
        row.channels.set(channels)
    return row


def _save(row: Row, fields: dict[str, Any]) -> Row:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    return row
