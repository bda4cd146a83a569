"""Who is on call, as the API shows it."""

from rest_framework import serializers

from incidents.models import TeamRole
from incidents.references import Strict


class OnCallSerializer(Strict):
    """A person on call; ``why`` in words, ``until`` when that may change."""

    user = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField([TeamRole.PRIMARY.value, TeamRole.SECONDARY.value])
    why = serializers.CharField()


class OnCallNowSerializer(Strict):
    """Who is on call in a schedule at an instant."""

    schedule = serializers.IntegerField()
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="When that may change.")
    people = OnCallSerializer(many=True)


class OnCallInScheduleSerializer(OnCallNowSerializer):
    """The same, of one of several schedules."""

    name = serializers.CharField()
    team = serializers.IntegerField(allow_null=True)
    role = serializers.CharField(help_text="Which role of its team it answers for, or empty.")


class ShiftSerializer(Strict):
    """Who is on call from when until when; nobody where ``people`` is empty."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    people = OnCallSerializer(many=True)
