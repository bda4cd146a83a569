"""Services with what pages for them and who hears of them."""

from rest_framework import serializers

from escalation.models import Policy
from incidents.references import Reference
from incidents.serializers.services import ServiceSerializer
from notifications.serializers.channels import NotificationSettingsSerializer


class FullServiceSerializer(ServiceSerializer):
    """A service, with its default policy and its notices to shared channels."""

    policy = Reference(
        Policy,
        source="default_policy.policy",
        required=False,
        allow_null=True,
        help_text="Pages where the integration names no other.",
    )
    notification_settings = NotificationSettingsSerializer(required=False, allow_null=True)
    open_incidents = serializers.IntegerField(read_only=True)

    class Meta(ServiceSerializer.Meta):
        fields = [
            *ServiceSerializer.Meta.fields,
            "policy",
            "notification_settings",
            "open_incidents",
        ]
