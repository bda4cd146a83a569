"""Requests for cover, and the answers to them."""

from typing import Any

from rest_framework import serializers

from escalation.models import CoverRequest, Schedule
from escalation.on_call.schedule_facts import instant_of, time_of
from incidents.models import User
from incidents.references import Part, Reference, Strict, StrictModel

MAX_ASKED, MAX_OFFERS = 100, 10


class OfferedShiftSerializer(Part):
    """A shift, from when until when."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class CoverRequestSerializer(StrictModel):
    """Somebody asks others to take a shift. ``asked`` left out: all others of the layers of the
    asker. ``gives_back``: shifts of others of which the asker takes one in return."""

    schedule = Reference(Schedule)
    asker = Reference(User, by="email", required=False)
    asked = serializers.ListField(
        child=Reference(User, by="email"), max_length=MAX_ASKED, required=False, default=list
    )
    gives_back = OfferedShiftSerializer(
        many=True,
        required=False,
        default=list,
        max_length=MAX_OFFERS,  # type: ignore[call-arg]
    )

    class Meta:
        model = CoverRequest
        fields = [
            *("id", "schedule", "asker", "asked", "starts_at", "ends_at", "message", "gives_back"),
            *("status", "taken_by", "answered_at", "made_by", "made_at"),
        ]
        read_only_fields = ["status", "taken_by", "answered_at", "made_by", "made_at"]

    def to_representation(self, request: Any) -> dict[str, Any]:
        """People as ids."""
        return {
            "id": request.pk,
            "schedule": request.schedule_id,
            "asker": request.asker_id,
            "asked": [one.user_id for one in request.invitations.all()],
            "starts_at": request.starts_at,
            "ends_at": request.ends_at,
            "message": request.message,
            "gives_back": [
                {"start": time_of(start), "end": time_of(end)}
                for start, end in request.get_offers()
            ],
            "status": request.status,
            "taken_by": request.taken_by_id,
            "answered_at": request.answered_at,
            "made_by": request.made_by_id,
            "made_at": request.made_at,
        }


class AcceptSerializer(Strict):
    """From when until when one takes it; left out: all of it. ``in_return``: one of the shifts in
    ``gives_back``, which the asker takes."""

    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    in_return = OfferedShiftSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("starts_at" in attrs) != ("ends_at" in attrs):
            name = "ends_at" if "starts_at" in attrs else "starts_at"
            raise serializers.ValidationError({name: ["Both or none."]})
        return attrs


def instants_of(offer: dict[str, Any]) -> tuple[int, int]:
    """An offered shift as the actions take it."""
    return instant_of(offer["start"]), instant_of(offer["end"])
