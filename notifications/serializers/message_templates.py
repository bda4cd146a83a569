"""Message templates and their previews, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.references import Strict, StrictModel
from notifications.choices import TemplateKind, TemplateOccasion
from notifications.models import MessageTemplate
from opsportal.lib.languages import Language


class MessageTemplateSerializer(StrictModel):
    """``kind``, ``occasion`` and ``language`` of a template stay what they are."""

    class Meta:
        model = MessageTemplate
        fields = [
            "id",
            "kind",
            "occasion",
            "language",
            "subject",
            "text",
            "changed_at",
            "error",
            "failed_at",
        ]
        read_only_fields = ["changed_at", "error", "failed_at"]


class PreviewRequestSerializer(Strict):
    """A template that is not saved; without ``text`` the one that is in use."""

    kind = serializers.ChoiceField(choices=TemplateKind.choices)
    occasion = serializers.ChoiceField(choices=TemplateOccasion.choices)
    language = serializers.ChoiceField(choices=Language.choices, default="", allow_blank=True)
    subject = serializers.CharField(max_length=1000, default="", allow_blank=True)
    text = serializers.CharField(
        max_length=10_000, default="", allow_blank=True, trim_whitespace=False
    )
    incident = serializers.IntegerField(
        required=False, min_value=1, help_text="Its number. Left out: of a made-up incident."
    )


class PreviewSerializer(serializers.Serializer[Any]):
    """What arrives. ``parts`` and ``price`` are of text messages only."""

    subject = serializers.CharField()
    text = serializers.CharField()
    chars = serializers.IntegerField(help_text="Characters of the text.")
    parts = serializers.IntegerField(source="sms.parts", default=None, allow_null=True)
    price = serializers.DecimalField(max_digits=12, decimal_places=5, allow_null=True)
    currency = serializers.CharField()
