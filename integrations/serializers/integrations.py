"""Integrations, as the API shows and takes them."""

from rest_framework import serializers

from escalation.models import Play, Policy
from incidents.models import Service, Team, User
from incidents.references import JsonObject, Reference
from integrations.models import Integration
from integrations.signatures import PROVIDERS


class IntegrationSerializer(serializers.ModelSerializer):
    """One way in. ``url`` and ``key`` are shown to those who administer integrations, and to keys
    that may write: whoever has them can send."""

    template = serializers.CharField(
        max_length=60,
        help_text="Its id or name, as templates/ lists it; it stays as it was at the creation.",
    )
    name = serializers.CharField(max_length=150, required=False, help_text="Left out: the tool's.")
    service = Reference(Service)
    policy = Reference(Policy, required=False, allow_null=True)
    play = Reference(Play, required=False, allow_null=True)
    teams = Reference(Team, many=True, required=False)
    users = Reference(User, by="email", many=True, required=False)
    rules = JsonObject(required=False, help_text="Left out: the template's.")
    field_mapping = JsonObject(
        write_only=True,
        required=False,
        help_text="In place of rules: summaryField, actionField, resolveValues and so on.",
    )
    signature_provider = serializers.ChoiceField(
        sorted(PROVIDERS), required=False, allow_blank=True
    )
    signature_secret = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=500
    )
    has_signature_secret = serializers.SerializerMethodField()
    public_id = serializers.UUIDField(read_only=True)
    integrationId = serializers.UUIDField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    key = serializers.SerializerMethodField()

    class Meta:
        model = Integration
        fields = [
            "id",
            "kind",
            "template",
            "name",
            "service",
            "policy",
            "play",
            "teams",
            "users",
            "sequence",
            "bridge",
            "is_enabled",
            "rules",
            "field_mapping",
            "signature_provider",
            "signature_secret",
            "has_signature_secret",
            "rate_limit",
            "lost_count",
            "url",
            "key",
            "public_id",
            "integrationId",
            "created_at",
            "changed_at",
        ]
        read_only_fields = ["kind", "lost_count", "created_at", "changed_at"]

    def get_has_signature_secret(self, integration) -> bool:
        return bool(integration.signature_secret)

    def get_url(self, integration) -> str | None:
        return integration.url if self.context["shows_secrets"] else None

    def get_key(self, integration) -> str | None:
        return integration.token if self.context["shows_secrets"] else None


class SampleSerializer(serializers.Serializer):
    sample = serializers.CharField(
        default="open", max_length=100, help_text="The name of a sample, or how it begins."
    )


class PreviewSerializer(serializers.Serializer):
    """A body, or the name of a sample of the template; by the rules given, or the saved ones."""

    body = serializers.JSONField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    sample = serializers.CharField(required=False, max_length=100)
    rules = JsonObject(required=False)

    def validate(self, attrs):
        if ("body" in attrs) == ("sample" in attrs):
            raise serializers.ValidationError({"body": ["Write either a body or a sample."]})
        return attrs


class EventsSerializer(serializers.Serializer):
    """For each event what each field becomes, and which condition decided."""

    events = serializers.ListField(child=serializers.DictField())
