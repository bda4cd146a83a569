"""What was forwarded to the old pager, and where both would page differently."""

from typing import Any

from rest_framework import serializers

from incidents.references import Part
from integrations.forwarding.differences import Difference
from integrations.forwarding.report import Report
from integrations.models import Forward, InboundMessage, Integration
from integrations.setup.forwarding import MAX_ADDRESS_CHARS, MAX_KEY_CHARS


class ForwardingFields(serializers.Serializer[Integration]):
    """The fields of an integration that say where it is forwarded."""

    forward_address = serializers.CharField(
        write_only=True,
        required=False,
        max_length=MAX_ADDRESS_CHARS,
        help_text="The old pager, to which what is posted is forwarded: its host alone, to which "
        "the path that was posted to is added, or a whole address.",
    )
    forward_key = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=MAX_KEY_CHARS,
        help_text="The key of the old pager, in place of the one here. Empty: the key as it came.",
    )
    forward_until = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When forwarding ends, at most 366 days ahead. Null: nothing is forwarded.",
    )
    forward_host = serializers.CharField(read_only=True)
    has_forward_key = serializers.SerializerMethodField()

    def get_has_forward_key(self, integration: Integration) -> bool:
        return integration.has_forward_key


class ForwardSerializer(serializers.ModelSerializer[Forward]):
    """What became of a message at the old pager. ``status`` is that of HTTP, ``answer`` the
    beginning of its answer, its secrets covered."""

    class Meta:
        model = Forward
        fields = [
            "state",
            "status",
            "is_taken",
            "answer",
            "answer_key",
            "error",
            "attempts",
            "done_at",
        ]
        read_only_fields = fields


class ForwardDifferenceSerializer(Part):
    """A message by which both would page differently. ``forward`` is null if none was kept."""

    message = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    subject = serializers.CharField()
    difference = serializers.ChoiceField([one.value for one in Difference])
    sentence = serializers.CharField()
    answer = serializers.IntegerField(help_text="The HTTP status that its sender got here.")
    status = serializers.ChoiceField(InboundMessage.Status.choices)
    action = serializers.CharField()
    reason = serializers.CharField()
    forward = ForwardSerializer(allow_null=True)


class ForwardReportSerializer(Part):
    """Of a span. ``differences`` has the newest 200; ``is_cut``: not all messages were compared."""

    compared = serializers.IntegerField()
    same = serializers.IntegerField()
    under_way = serializers.IntegerField()
    is_cut = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    differences = ForwardDifferenceSerializer(many=True)


def report_document(report: Report) -> dict[str, Any]:
    """A report in the form of `ForwardReportSerializer`."""
    return {
        "compared": report.compared,
        "same": report.same,
        "under_way": report.under_way,
        "is_cut": report.is_cut,
        "counts": {one.value: report.counts[one] for one in Difference},
        "differences": [
            {
                "message": row.message.pk,
                "received_at": row.message.received_at,
                "subject": row.message.subject,
                "difference": row.difference.value,
                "sentence": row.sentence,
                "answer": row.message.answer,
                "status": row.message.status,
                "action": row.message.action,
                "reason": row.message.reason,
                "forward": ForwardSerializer(row.forward).data if row.forward else None,
            }
            for row in report.rows
        ],
    }
