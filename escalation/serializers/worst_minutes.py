"""The worst minutes of a week, as the API shows them."""

from typing import Any

from rest_framework import serializers

from escalation.policies.worst_minutes import Span
from incidents.references import Part


class WorstSpanSerializer(Part):
    """A time in which an incident that opens would go the same way. ``silence_seconds``: until the
    first message, null where nobody is told; ``reason``: what holds it back."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    silence_seconds = serializers.IntegerField(allow_null=True)
    people = serializers.IntegerField()
    first = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField(allow_blank=True)


def span_document(span: Span) -> dict[str, Any]:
    """A span in the form of `WorstSpanSerializer`."""
    return {
        "start": span.start,
        "end": span.end,
        "silence_seconds": None if span.silence_s is None else round(span.silence_s),
        "people": span.people,
        "first": list(span.first),
        "reason": span.reason,
    }
