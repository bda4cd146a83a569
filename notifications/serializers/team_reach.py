"""Whether pages reach the members of a team."""

from rest_framework import serializers

from incidents.references import Strict, StrictModel
from notifications.models import ContactMethod


class ProvenMethodPart(StrictModel):
    """A contact method without its address, which is its person's."""

    class Meta:
        model = ContactMethod
        fields = ["id", "channel", "proven_at"]
        read_only_fields = fields


class MemberReachPart(Strict):
    user = serializers.IntegerField(source="user.pk")
    user_name = serializers.CharField(source="user")
    contact_methods = ProvenMethodPart(many=True)


class TeamReachSerializer(Strict):
    """``answered`` of ``count`` contact methods were answered since all were last asked."""

    asked_at = serializers.DateTimeField(allow_null=True)
    asked_by = serializers.IntegerField(source="asked_by.pk", allow_null=True, default=None)
    count = serializers.IntegerField()
    answered = serializers.IntegerField()
    members = MemberReachPart(many=True)
