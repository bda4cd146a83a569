"""The channels that there are and their settings, as the API takes them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.references import JsonObject
from notifications.channels import all_channels
from opsportal.lib.encryption import readable


@extend_schema_field(OpenApiTypes.STR)
class ChannelField(serializers.ChoiceField):
    """The key of a channel. ``having`` names a property that the channel must have."""

    def __init__(self, *, having: str = "", **kwargs: Any) -> None:
        known = all_channels().items()
        choices = [(key, row.label) for key, row in known if not having or getattr(row, having)]
        names = ", ".join(key for key, _ in choices)
        super().__init__(choices, **{"help_text": f"One of {names}.", **kwargs})


class ConfigField(JsonObject):
    """The settings of a channel; {} where they cannot be read (see ``unreadable_secrets``)."""

    def get_attribute(self, instance: Any) -> Any:
        return readable(instance, "config", {})
