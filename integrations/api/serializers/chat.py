"""Users of a chat, as the API shows and takes them."""

from typing import ClassVar

from rest_framework import serializers

from incidents.models import User
from incidents.references import Reference, StrictModel
from integrations.models import ChatIdentity


class ChatIdentitySerializer(StrictModel):
    """A user of Slack or Microsoft Teams, and the person whose commands these are."""

    user = Reference(User, by="email")
    workspace = serializers.CharField(
        max_length=100, help_text="Slack: the id of the team (T…). Teams: that of the tenant."
    )
    chat_user = serializers.CharField(
        max_length=100, help_text="Slack: the id of the user (U…). Teams: that of Entra ID."
    )

    class Meta:
        model = ChatIdentity
        fields = ["id", "user", "provider", "workspace", "chat_user", "name", "linked_at"]
        read_only_fields = ["linked_at"]
        validators: ClassVar[list] = []  # The action says better what is the matter.
