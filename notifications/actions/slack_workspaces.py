"""Workspaces of Slack: their app is saved, connected, and their channels are chosen."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.crypto import salted_hmac

from incidents.errors import InvalidRequest
from notifications.channel_config import checked
from notifications.models import Provider, SharedChannel
from notifications.providers import _slack_app, find_provider
from notifications.providers._slack_app import SlackChannel
from opsportal.lib.encryption import readable
from opsportal.lib.net.errors import DeliveryError

SLACK = "slack"
LIST_KEPT_S = 600
MAX_NAME = 100
Listed = tuple[Sequence[SlackChannel], bool]


def next_token() -> str:
    """The token of the callbacks of the workspace that is added next: its manifest needs it
    before there is a row."""
    tokens = (
        salted_hmac("notifications.slack", str(number)).hexdigest()[:32] for number in count(1)
    )
    used = set(Provider.objects.filter(channel=SLACK).values_list("token", flat=True))
    return next(token for token in tokens if token not in used)


@transaction.atomic
def add_workspace(config: Mapping[str, Any]) -> Provider:
    """Save the credentials of an app, which the form of the provider has validated."""
    return Provider.objects.create(
        channel=SLACK,
        kind=SLACK,
        name=_free_name("Slack"),
        config=dict(config),
        token=next_token(),
        position=Provider.objects.filter(channel=SLACK).count(),
    )


def connect(provider_id: int, code: str, redirect_url: str) -> Provider:
    """Exchange the code of OAuth for the bot token, and call the workspace by its name.

    Raises InvalidRequest in Slack's words.
    """
    row = Provider.objects.get(pk=provider_id)
    try:
        token, team = _slack_app.exchange(row.config, code, redirect_url)
    except DeliveryError as error:
        raise InvalidRequest(str(error)) from None
    with transaction.atomic():
        row = Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
        row.config = {**row.config, "bot_token": token}
        if team and not row.name.endswith(team):
            row.name = _free_name(f"Slack: {team}")
        row.save(update_fields=["config", "name"])
    cache.delete(_cache_key(row))
    return row


def check(row: Provider) -> str:
    """A sentence that the workspace answers. Raises InvalidRequest in Slack's words."""
    provider, config = find_provider(SLACK, SLACK), readable(row, "config", None)
    if provider is None or config is None:
        raise InvalidRequest("Its secrets cannot be read: enter them anew.")
    try:
        return provider.check(config)
    except DeliveryError as error:
        raise InvalidRequest(str(error)) from None


def channels(row: Provider, *, anew: bool = False) -> Listed:
    """The channels of a workspace, and whether these are all; as they were in the last ten minutes
    unless they are asked for ``anew``. Raises InvalidRequest in Slack's words."""
    found: Listed | None = None if anew else cache.get(_cache_key(row))
    if found is None:
        try:
            found = _slack_app.channels_of(row.config)
        except DeliveryError as error:
            raise InvalidRequest(str(error)) from None
        cache.set(_cache_key(row), found, LIST_KEPT_S)
    return found


def known_name(row: Provider, channel_id: str) -> str:
    """``#ops``, as the list has it that was read last; '' where it has not."""
    found: Listed | None = cache.get(_cache_key(row))
    names = {one.id: f"#{one.name}" for one in found[0]} if found else {}
    return names.get(channel_id, "")


@transaction.atomic
def add_channel(channel_id: str, name: str, *, is_default: bool = False) -> SharedChannel:
    """A channel as a shared channel, which services can choose; one that is one already stays so.

    Raises InvalidRequest for an ID that is none.
    """
    config = checked(SLACK, {"to": channel_id})
    row = shared_channels().get(channel_id) or SharedChannel(
        channel=SLACK, name=_free_shared_name(name or f"Slack {channel_id}"), config=config
    )
    row.is_default = is_default or row.is_default
    row.save()
    return row


def shared_channels() -> dict[str, SharedChannel]:
    """Those that are shared channels, by the ID of the channel."""
    rows = SharedChannel.objects.filter(channel=SLACK)
    return {config["to"]: row for row in rows if (config := readable(row, "config", None))}


def _cache_key(row: Provider) -> str:
    return f"slack-channels:{row.pk}"


def _free_name(name: str) -> str:
    return _free(name, set(Provider.objects.values_list("name", flat=True)))


def _free_shared_name(name: str) -> str:
    return _free(name, set(SharedChannel.objects.values_list("name", flat=True)))


def _free(name: str, used: set[str]) -> str:
    names = (name[:MAX_NAME] if n == 1 else f"{name[: MAX_NAME - 4]} {n}" for n in count(1))
    return next(one for one in names if one not in used)
