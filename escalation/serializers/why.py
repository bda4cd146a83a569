"""Why somebody was paged, or is on call, or why not."""

from rest_framework import serializers

from incidents.models import User
from incidents.references import Reference, Strict


class WhyQuerySerializer(Strict):
    """Of whom it is asked; left out: of oneself."""

    person = Reference(User, by="email", required=False)


class ReasonSerializer(Strict):
    """One reason, and the time of what it tells."""

    at = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()


class WhyPagedSerializer(Strict):
    """Whether somebody was paged of an incident, why or why not, and all reasons in order."""

    person = serializers.IntegerField()
    was_paged = serializers.BooleanField(source="is_yes")
    answer = serializers.CharField(source="text")
    reasons = ReasonSerializer(many=True)


class WhyOnCallSerializer(Strict):
    """Whether somebody is on call in a schedule, why or why not, and all reasons."""

    person = serializers.IntegerField()
    is_on_call = serializers.BooleanField(source="is_yes")
    answer = serializers.CharField(source="text")
    reasons = ReasonSerializer(many=True)
