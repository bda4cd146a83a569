"""The ladder of a policy, as the API shows it."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from escalation.policies.low_urgency import usual_urgency
from escalation.policies.rungs import Case, Ladder, Rung, Told
from incidents.choices import Priority, Severity, Urgency
from incidents.references import Part, Strict

STATES = ["told", "nobody", "skipped", "waits", "end"]


class CaseSerializer(Strict):
    """What the incident is like. ``urgency`` follows the severity where it is left out."""

    at = serializers.DateTimeField(required=False, help_text="When it opens. Left out: now.")
    severity = serializers.ChoiceField(Severity.choices, default=Severity.CRITICAL)
    urgency = serializers.ChoiceField(Urgency.choices, required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)


def case_from(fields: dict[str, Any], now: datetime) -> Case:
    """The case that valid fields describe."""
    return Case(
        at=fields.get("at") or now,
        severity=fields["severity"],
        urgency=fields.get("urgency") or usual_urgency(fields["severity"]),
        priority=fields.get("priority") or "",
    )


def check_year(at: datetime) -> None:
    """Raises ValidationError for an instant for which schedules are not asked."""
    if not 1980 <= at.year <= 2100:
        raise serializers.ValidationError({"at": ["Choose a year from 1980 to 2100."]})


class WaySerializer(Part):
    """One message; ``is_late``: quiet hours moved it."""

    channel = serializers.CharField()
    at = serializers.DateTimeField()
    is_late = serializers.BooleanField()


class ToldSerializer(Part):
    """A person or a shared channel (``user`` is null); no ways: nothing reaches them."""

    user = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    why = serializers.CharField()
    ways = WaySerializer(many=True)


class RungSerializer(Part):
    """What happens at an instant, ``after_seconds`` from the beginning. ``state``: whether the
    step tells somebody or nobody, is skipped, waits for its hours, or is the catch-all."""

    at = serializers.DateTimeField()
    after_seconds = serializers.IntegerField()
    step = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    note = serializers.CharField(allow_blank=True)
    told = ToldSerializer(many=True)


class LadderSerializer(Part):
    """All rungs of an incident that nobody takes. ``silence_seconds``: until a message,
    null where nobody is told at all; ``is_cut``: there are more rungs."""

    at = serializers.DateTimeField()
    urgency = serializers.ChoiceField(Urgency.choices)
    severity = serializers.ChoiceField(Severity.choices)
    silence_seconds = serializers.IntegerField(allow_null=True)
    people = serializers.IntegerField()
    lasts_seconds = serializers.IntegerField()
    unreachable = serializers.ListField(child=serializers.CharField())
    is_cut = serializers.BooleanField()
    rungs = RungSerializer(many=True)


def ladder_document(ladder: Ladder, case: Case) -> dict[str, Any]:
    """A ladder in the form of `LadderSerializer`."""
    return {
        "at": ladder.began_at,
        "urgency": case.urgency,
        "severity": case.severity,
        "silence_seconds": None if ladder.silence_s is None else round(ladder.silence_s),
        "people": ladder.people,
        "lasts_seconds": round(ladder.lasts_s),
        "unreachable": ladder.unreachable,
        "is_cut": ladder.is_cut,
        "rungs": [_rung(rung, ladder.began_at) for rung in ladder.rungs],
    }


def _rung(rung: Rung, began_at: datetime) -> dict[str, Any]:
    return {
        "at": rung.at,
        "after_seconds": round((rung.at - began_at).total_seconds()),
        "step": rung.position + 1,
        "name": rung.name,
        "state": rung.state,
        "note": rung.note,
        "told": [_told(one) for one in rung.told],
    }


def _told(told: Told) -> dict[str, Any]:
    ways = [{"channel": w.channel, "at": w.at, "is_late": w.is_late} for w in told.ways]
    return {"user": told.user_id, "name": told.name, "why": told.why, "ways": ways}
