"""Defects of the coverage."""

from typing import Any

from rest_framework import serializers

from escalation.coverage.links import link_of
from escalation.coverage.sentences import cost, sentence
from escalation.models import CoverageDefect
from escalation.on_call.schedule_facts import time_of
from incidents.references import Strict, StrictModel


class DefectSpanSerializer(Strict):
    """From when until when."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class CoverageDefectSerializer(StrictModel):
    """Something wrong in the next 30 days. ``sentence`` has times of whoever asks."""

    sentence = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="The page that mends it.")
    spans = serializers.SerializerMethodField()

    class Meta:
        model = CoverageDefect
        fields = [
            *("id", "kind", "level", "policy", "schedule", "sentence", "cost", "url", "spans"),
            *("since", "ignored_until", "ignored_by", "ignored_reason"),
        ]

    def get_sentence(self, row: Any) -> str:
        return sentence(row.kind, row.facts, row.get_spans(), self.context["request"].user.zone)

    def get_cost(self, row: Any) -> str:
        return cost(row.kind, row.facts)

    def get_url(self, row: Any) -> str:
        return link_of(row)

    def get_spans(self, row: Any) -> list[dict[str, Any]]:
        pairs = [{"start": time_of(a), "end": time_of(b)} for a, b in row.get_spans()]
        return list(DefectSpanSerializer(pairs, many=True).data)


class IgnoreSerializer(Strict):
    """Until when a defect is ignored, and why."""

    until = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)
