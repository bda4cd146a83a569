"""Hand-overs and their notes."""

from escalation.actions.hand_overs import MAX_NOTE_CHARS
from escalation.models import HandOver, HandOverConfirmation
from incidents.references import StrictModel


class HandOverConfirmationSerializer(StrictModel):
    """Somebody who takes over was asked to confirm it."""

    class Meta:
        model = HandOverConfirmation
        fields = ["user", "asked_at", "missed_at", "confirmed_at"]
        read_only_fields = fields


class HandOverSerializer(StrictModel):
    """At a time some people (ids) relieve others. Only the note is written, by PATCH."""

    confirmations = HandOverConfirmationSerializer(many=True, read_only=True)

    class Meta:
        model = HandOver
        fields = [
            *("id", "schedule", "at", "began_at", "outgoing", "incoming"),
            *("note", "written_by", "written_at", "confirmations"),
        ]
        read_only_fields = [name for name in fields if name != "note"]
        extra_kwargs = {"note": {"max_length": MAX_NOTE_CHARS}}
