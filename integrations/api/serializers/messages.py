"""The inbound log, as the API shows it."""

from rest_framework import serializers

from incidents.references import Strict, StrictModel
from integrations.api.serializers.forwards import ForwardSerializer
from integrations.inbound.redaction import redact_headers, redact_text, secrets_of
from integrations.models import InboundMessage


class MessageSerializer(StrictModel):
    integration_name = serializers.CharField(
        source="integration.name", default=None, read_only=True, allow_null=True
    )
    action = serializers.ChoiceField(
        InboundMessage.Action.choices, read_only=True, allow_blank=True
    )
    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = InboundMessage
        fields = [
            "id",
            "received_at",
            "processed_at",
            "integration",
            "integration_name",
            "service",
            "route",
            "status",
            "status_label",
            "action",
            "reason",
            "answer",
            "source",
            "source_name",
            "source_id",
            "subject",
            "alert",
            "incident",
            "is_test",
            "test_audience",
            "replay_of",
            "remote_address",
        ]
        read_only_fields = fields


class MessageDetailSerializer(MessageSerializer):
    """With the message itself, its secrets covered, and the outcome of each of its events."""

    headers = serializers.SerializerMethodField()
    query = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()
    forward = ForwardSerializer(
        default=None, read_only=True, allow_null=True, help_text="At the old pager; null: not sent."
    )

    class Meta(MessageSerializer.Meta):
        fields = [
            *MessageSerializer.Meta.fields,
            "content_type",
            "headers",
            "query",
            "body",
            "results",
            "attempts",
            "is_body_pruned",
            "forward",
        ]

    def get_headers(self, message: InboundMessage) -> dict[str, str]:
        return redact_headers(message.headers, secrets_of(message.integration))

    def get_query(self, message: InboundMessage) -> str:
        return redact_text(message.query, secrets_of(message.integration))

    def get_body(self, message: InboundMessage) -> str:
        text = bytes(message.body).decode(errors="replace")
        return redact_text(text, secrets_of(message.integration))


class ReplaySerializer(Strict):
    dry = serializers.BooleanField(
        default=True, help_text="True: only say what would happen. False: do it, as a new message."
    )


class ReplayAnswerSerializer(Strict):
    dry = serializers.BooleanField()
    results = serializers.ListField(child=serializers.DictField())
    message = MessageDetailSerializer(allow_null=True)


class TraceSerializer(serializers.Serializer):
    """The whole way of a message."""

    message = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    answer = serializers.IntegerField(help_text="The HTTP status that its sender got.")
    status = serializers.ChoiceField(InboundMessage.Status.choices)
    reason = serializers.CharField()
    integration = serializers.DictField(allow_null=True, help_text="id and name.")
    events = serializers.ListField(
        child=serializers.DictField(),
        help_text="Of each: result, reason, variant and condition of the rules, alert, incident.",
    )
    incidents = serializers.ListField(
        child=serializers.DictField(),
        help_text="Those that you may see, with alerts, run, notifications and why_not.",
    )
    ended = serializers.CharField(help_text="Why it reached no incident; empty where it did.")
