"""Accounts at providers, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.references import StrictModel, UnreadableSecretsField
from notifications.channel_config import shown_by
from notifications.models import Provider
from notifications.provider_accounts import callback_url
from notifications.providers import all_providers, find_provider
from notifications.serializers.choices import ConfigField
from opsportal.lib.encryption import readable

CHANNELS = sorted({channel for channel, _ in all_providers()})
KINDS = sorted({kind for _, kind in all_providers()})


class ProviderSerializer(StrictModel):
    """Secrets in ``config`` are shown as asterisks; sent so, or not at all, they stay. The channel
    and the kind of an account stay what they are."""

    channel = serializers.CharField(max_length=40, help_text=f"One of {', '.join(CHANNELS)}.")
    kind = serializers.CharField(
        max_length=40, help_text=f"The provider, one of {', '.join(KINDS)}."
    )
    config = ConfigField()
    unreadable_secrets = UnreadableSecretsField()
    callback_url = serializers.SerializerMethodField()

    class Meta:
        model = Provider
        fields = [
            "id",
            "channel",
            "kind",
            "name",
            "config",
            "unreadable_secrets",
            "position",
            "prefixes",
            "is_enabled",
            "unit_price",
            "currency",
            "monthly_limit",
            "rate_per_s",
            "burst",
            "callback_url",
        ]

    def get_callback_url(self, row: Provider) -> str:
        """Where the provider says what became of messages, and what was answered."""
        return callback_url(row.token)

    def to_representation(self, row: Any) -> dict[str, Any]:
        provider, config = find_provider(row.channel, row.kind), readable(row, "config", {})
        shown = shown_by(provider, config) if provider else {}
        return {**super().to_representation(row), "config": shown}


class SpendingSerializer(serializers.Serializer[Any]):
    """What one account has sent in a month. ``account`` is null for one of the environment, or
    that is gone; ``amount`` holds what is known of the prices."""

    account = serializers.IntegerField(allow_null=True, read_only=True)
    name = serializers.CharField(read_only=True)
    channel = serializers.CharField(read_only=True)
    currency = serializers.CharField(read_only=True)
    messages = serializers.IntegerField(read_only=True)
    parts = serializers.IntegerField(read_only=True)
    amount = serializers.DecimalField(max_digits=16, decimal_places=6, read_only=True)


class ProviderTestSerializer(serializers.Serializer[Any]):
    """What a provider said."""

    detail = serializers.CharField(read_only=True)
