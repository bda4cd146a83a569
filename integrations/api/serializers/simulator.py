"""The simulator of an integration."""

from typing import Any

from rest_framework import serializers

from escalation.policies.worst_minutes import Span
from escalation.serializers.ladders import LadderSerializer, check_year, ladder_document
from escalation.serializers.worst_minutes import WorstSpanSerializer, span_document
from incidents.references import Part, Strict
from integrations.backtest.simulator import Simulated, SimulatedAlert


class SimulateSerializer(Strict):
    """A sample by its name, a message of the log by its id, or a body; none: the opening sample."""

    at = serializers.DateTimeField(required=False, help_text="When it comes. Left out: now.")
    sample = serializers.CharField(required=False, max_length=200)
    message = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    body = serializers.JSONField(required=False)
    worst = serializers.BooleanField(
        default=False, help_text="With the ten worst times of the following week."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"sample", "message", "body"}) > 1:
            raise serializers.ValidationError("Name one of sample, message and body.")
        if "at" in attrs:
            check_year(attrs["at"])
        return attrs


class SimulatedAlertSerializer(Part):
    """One event. Without a ladder it opens no incident, or pages nobody yet: see ``reason``."""

    action = serializers.CharField(allow_blank=True)
    title = serializers.CharField(allow_blank=True)
    severity = serializers.CharField()
    urgency = serializers.CharField()
    plan = serializers.CharField(allow_blank=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    ladder = LadderSerializer(allow_null=True)


class SimulatedSerializer(Part):
    """What becomes of the message. ``integration``: whose filters accept it; ``failure``: why
    none does."""

    at = serializers.DateTimeField()
    integration = serializers.IntegerField(allow_null=True)
    failure = serializers.CharField(allow_blank=True)
    total = serializers.IntegerField()
    alerts = SimulatedAlertSerializer(many=True)
    worst = WorstSpanSerializer(many=True)


def simulated_document(found: Simulated, worst: list[Span]) -> dict[str, Any]:
    """A simulation in the form of `SimulatedSerializer`."""
    return {
        "at": found.at,
        "integration": found.integration.pk if found.integration else None,
        "failure": found.failure,
        "total": found.total,
        "alerts": [_alert(alert) for alert in found.alerts],
        "worst": [span_document(span) for span in worst],
    }


def _alert(alert: SimulatedAlert) -> dict[str, Any]:
    return {
        "action": alert.action,
        "title": alert.title,
        "severity": alert.case.severity,
        "urgency": alert.case.urgency,
        "plan": alert.plan.name,
        "starts_at": alert.starts_at,
        "reason": alert.reason,
        "ladder": ladder_document(alert.ladder, alert.case) if alert.ladder else None,
    }
