"""Shared channels, notices of services and the catch-all, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.models import User
from incidents.references import Reference, StrictModel, UnreadableSecretsField
from notifications.channel_config import shown
from notifications.models import CatchAll, ServiceNotificationSettings, SharedChannel
from notifications.serializers.choices import ChannelField, ConfigField
from opsportal.lib.encryption import readable


class SharedChannelSerializer(StrictModel):
    """Secrets in ``config`` are shown as asterisks; sent so, or not at all, they stay."""

    channel = ChannelField(having="for_sharing")
    config = ConfigField()
    unreadable_secrets = UnreadableSecretsField()
    address = serializers.CharField(read_only=True)

    class Meta:
        model = SharedChannel
        fields = [
            "id",
            "name",
            "channel",
            "config",
            "unreadable_secrets",
            "address",
            "is_enabled",
            "language",
            "is_default",
        ]

    def to_representation(self, row: Any) -> dict[str, Any]:
        found = super().to_representation(row)
        if not self.context.get("shows_config", True):
            return {**found, "config": {}}
        return {**found, "config": shown(row.channel, readable(row, "config", {}))}


class NotificationSettingsSerializer(StrictModel):
    """Which events of a service its shared channels hear of."""

    channels = Reference(SharedChannel, many=True, required=False)
    personal_channels = serializers.ListField(
        child=ChannelField(having="for_people"),
        required=False,
        max_length=40,
        help_text="By which people are told; empty: by all that they have. Who has none of these "
        "is told by all of theirs.",
    )

    class Meta:
        model = ServiceNotificationSettings
        fields = [
            "channels",
            "personal_channels",
            "on_triggered",
            "on_acknowledged",
            "on_resolved",
            "on_sla_breach",
            "on_sla_warning",
            "sla_tells_owner",
            "sla_tells_managers",
        ]


class CatchAllSerializer(StrictModel):
    users = Reference(User, by="email", many=True, required=False)
    channels = Reference(SharedChannel, many=True, required=False)

    class Meta:
        model = CatchAll
        fields = ["users", "channels"]
