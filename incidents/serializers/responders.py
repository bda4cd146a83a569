"""Who is asked to respond, and what they say."""

from rest_framework import serializers

from incidents.actions.responder_requests import MAX_MESSAGE
from incidents.choices import RequestAnswer
from incidents.models import ResponderRequest, Team, User
from incidents.references import Reference, Strict, StrictModel


class AskSerializer(Strict):
    users = Reference(User, by="email", many=True, required=False)
    teams = Reference(Team, many=True, required=False, help_text="Their primary role.")
    message = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MAX_MESSAGE
    )


class AnswerSerializer(Strict):
    answer = serializers.ChoiceField(
        [(one.value, one.label) for one in RequestAnswer if one != RequestAnswer.PENDING]
    )


class ResponderRequestSerializer(StrictModel):
    user_name = serializers.CharField(source="user", read_only=True)

    class Meta:
        model = ResponderRequest
        fields = [
            "user",
            "user_name",
            "message",
            "requested_at",
            "requested_by",
            "answer",
            "answered_at",
        ]
        read_only_fields = fields
