"""Integrations, as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from escalation.models import Play, Policy
from incidents.models import ConferenceBridge, Service, Team, User
from incidents.references import JsonObject, Reference, Strict, StrictModel, UnreadableSecretsField
from integrations.api.serializers.forwards import ForwardingFields
from integrations.api.serializers.heartbeats import HeartbeatSerializer
from integrations.api.serializers.routing import RoutingField
from integrations.inbound.access import BadNetwork, tidy_networks
from integrations.models import InboundMessage, Integration, RetiredKey
from integrations.signatures import CUSTOM, PROVIDERS, keyring
from integrations.signatures.custom import problems_of
from opsportal.lib.encryption import readable, stored_value

MAX_OVERLAP_MINUTES = 90 * 24 * 60


class SecretSerializer(Strict):
    """A secret by which messages are signed, without the secret itself."""

    id = serializers.CharField()
    added_at = serializers.DateTimeField(allow_null=True)


class NewSecretSerializer(Strict):
    secret = serializers.CharField(
        required=False,
        max_length=500,
        help_text="Left out: one is made, and told in this answer alone.",
    )


class ShownSecretSerializer(SecretSerializer):
    """A secret in the one response that shows it."""

    secret = serializers.CharField()


class OverlapSerializer(Strict):
    overlap_minutes = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MAX_OVERLAP_MINUTES,
        help_text="For how long the old one stays valid, at most 90 days; 0: not at all.",
    )


class KeyUseSerializer(Strict):
    """A token or mailbox, by the beginning of it, and when it was last used, to the minute."""

    id = serializers.IntegerField(allow_null=True, help_text="Null for the present one.")
    kind = serializers.ChoiceField(RetiredKey.Kind.choices)
    hint = serializers.CharField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)


class KeyIdSerializer(Strict):
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class SecretIdSerializer(Strict):
    id = serializers.CharField(max_length=20)


class IntegrationSerializer(ForwardingFields, StrictModel):
    """An integration. ``url`` and ``key`` are secrets: only those who administer integrations, and
    keys that may write, get them."""

    template = serializers.CharField(
        max_length=60,
        help_text="Its id or name, as templates/ lists it, or a type (UPTIME_KUMA); it stays.",
    )
    name = serializers.CharField(max_length=150, required=False, help_text="Left out: the tool's.")
    service = Reference(Service)
    policy = Reference(Policy, required=False, allow_null=True)
    play = Reference(Play, required=False, allow_null=True)
    conference_bridge = Reference(ConferenceBridge, required=False, allow_null=True)
    teams = Reference(Team, many=True, required=False)
    users = Reference(User, by="email", many=True, required=False)
    rules = JsonObject(required=False, help_text="Left out: the template's.")
    routing = RoutingField(
        required=False,
        help_text="What becomes of its alerts: time_zone, delay, grouping, overrides, "
        "dynamic_groups, close_after_minutes.",
    )
    field_mapping = JsonObject(
        write_only=True,
        required=False,
        help_text="In place of rules: summaryField, actionField, resolveValues and so on.",
    )
    signature_provider = serializers.ChoiceField(
        sorted([*PROVIDERS, CUSTOM]), required=False, allow_blank=True
    )
    signature_form = JsonObject(
        required=False,
        help_text="For the provider custom: header, algorithm, encoding, prefix, signed and so on.",
    )
    signature_secret = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=500
    )
    has_signature_secret = serializers.SerializerMethodField()
    signature_secrets = serializers.SerializerMethodField(
        help_text="Those that are valid now, without the secrets themselves."
    )
    allowed_networks = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="From where messages are taken: addresses and networks. Empty: from everywhere.",
    )
    basic_user = serializers.CharField(required=False, allow_blank=True, max_length=150)
    basic_password = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=500, trim_whitespace=False
    )
    bearer_token = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=500
    )
    has_basic_password = serializers.SerializerMethodField()
    has_bearer_token = serializers.SerializerMethodField()
    unreadable_secrets = UnreadableSecretsField()
    mailbox = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="For the channel Email: what stands before the @. Several may share one.",
    )
    mailbox_overlap_minutes = serializers.IntegerField(
        write_only=True,
        required=False,
        min_value=0,
        max_value=MAX_OVERLAP_MINUTES,
        help_text="With another mailbox: for how long the old one takes mails, at most 90 days.",
    )
    address = serializers.CharField(read_only=True, help_text="Where the tool mails to.")
    chat_app_id = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="For Microsoft Teams: the id of the app whose actions on messages are taken.",
    )
    token = serializers.CharField(
        write_only=True,
        required=False,
        max_length=128,
        trim_whitespace=False,
        help_text="The key that another pager gave out, to keep its address; left out: a new one. "
        "8 to 128 letters, digits and . _ ~ -",
    )
    heartbeat = HeartbeatSerializer(
        required=False, allow_null=True, help_text="For the template heartbeat alone."
    )
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
            "conference_bridge",
            "is_enabled",
            "refuses_replays",
            "mailbox",
            "mailbox_overlap_minutes",
            "address",
            "heartbeat",
            "rules",
            "routing",
            "field_mapping",
            "signature_provider",
            "signature_secret",
            "has_signature_secret",
            "signature_form",
            "signature_secrets",
            "allowed_networks",
            "basic_user",
            "basic_password",
            "has_basic_password",
            "bearer_token",
            "has_bearer_token",
            "unreadable_secrets",
            "chat_app_id",
            "forward_address",
            "forward_host",
            "forward_key",
            "has_forward_key",
            "forward_since",
            "forward_until",
            "rate_limit",
            "dropped_count",
            "unreadable_count",
            "url",
            "key",
            "token",
            "public_id",
            "integrationId",
            "created_at",
            "changed_at",
        ]
        read_only_fields = [
            "kind",
            "dropped_count",
            "unreadable_count",
            "forward_since",
            "created_at",
            "changed_at",
        ]

    def get_has_signature_secret(self, integration: Integration) -> bool:
        return integration.has_signature_secret

    def get_has_basic_password(self, integration: Integration) -> bool:
        return integration.has_basic_password

    def get_has_bearer_token(self, integration: Integration) -> bool:
        return integration.has_bearer_token

    @extend_schema_field(SecretSerializer(many=True))
    def get_signature_secrets(self, integration: Integration) -> Any:
        return SecretSerializer(
            keyring.read(readable(integration, "signature_secret", "")), many=True
        ).data

    def validate_allowed_networks(self, texts: list[str]) -> list[str]:
        try:
            return tidy_networks(texts)
        except BadNetwork as problem:
            raise serializers.ValidationError(str(problem)) from problem

    def validate_signature_form(self, form: Any) -> dict[str, Any]:
        if problems := problems_of(form) if form else []:
            raise serializers.ValidationError([f"{key}: {what}" for key, what in problems])
        return form

    def get_url(self, integration: Integration) -> str | None:
        is_shown = self.context["shows_secrets"] and not stored_value(integration, "token")
        return integration.url if is_shown else None

    def get_key(self, integration: Integration) -> str | None:
        return readable(integration, "token", None) if self.context["shows_secrets"] else None


class SampleSerializer(Strict):
    sample = serializers.CharField(
        default="open", max_length=100, help_text="The name of a sample, or how it begins."
    )
    audience = serializers.ChoiceField(
        InboundMessage.TestAudience.choices,
        default=InboundMessage.TestAudience.ME,
        help_text="Whom it notifies: log (nobody: it opens nothing), me (only the caller) or "
        "everyone (whom a real alert would).",
    )


class PreviewSerializer(Strict):
    """A body, or the name of a sample of the template; by the rules given, or the saved ones."""

    body = serializers.JSONField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    sample = serializers.CharField(required=False, max_length=100)
    rules = JsonObject(required=False)
    routing = RoutingField(
        required=False, help_text="With it each event also says where it is led if it comes now."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("body" in attrs) == ("sample" in attrs):
            raise serializers.ValidationError({"body": ["Write either a body or a sample."]})
        return attrs


class EventsSerializer(Strict):
    """For each event what each field becomes, and which condition decided."""

    events = serializers.ListField(child=serializers.DictField())
