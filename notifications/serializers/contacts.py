"""Contact methods, rules and what was told, as the API shows and takes them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from incidents.models import User
from incidents.references import Reference, Strict, StrictModel, UnreadableSecretsField
from incidents.serializers.people import AttributesField, PersonSerializer
from notifications.channel_config import shown
from notifications.models import Attempt, ContactMethod, Notification, Rule
from notifications.serializers.choices import ChannelField, ConfigField
from opsportal.lib.encryption import readable


class ContactMethodSerializer(StrictModel):
    """An address of a person. Secrets in ``config`` are shown as asterisks; sent so, they stay."""

    user = Reference(User, by="email", required=False, help_text="Left out: oneself.")
    channel = ChannelField(having="for_people")
    config = ConfigField()
    unreadable_secrets = UnreadableSecretsField()
    address = serializers.CharField(read_only=True)
    is_verified = serializers.BooleanField(
        required=False, help_text="Set by those who administer people; others confirm a code."
    )

    class Meta:
        model = ContactMethod
        fields = [
            "id",
            "user",
            "channel",
            "label",
            "address",
            "config",
            "unreadable_secrets",
            "position",
            "is_enabled",
            "is_verified",
            "verified_at",
            "fault",
            "fault_at",
            "proven_at",
            "quiet_from",
            "quiet_until",
            "hours",
            "last_sent_at",
        ]
        read_only_fields = ["verified_at", "fault", "fault_at", "proven_at", "last_sent_at"]

    def to_representation(self, method: Any) -> dict[str, Any]:
        found = super().to_representation(method)
        return {**found, "config": shown(method.channel, readable(method, "config", {}))}


class ContactMethodBrief(StrictModel):
    channel = ChannelField(read_only=True)
    address = serializers.CharField(read_only=True)
    is_verified = serializers.BooleanField(read_only=True)

    class Meta:
        model = ContactMethod
        fields = ["id", "channel", "label", "address", "is_enabled", "is_verified"]


class UserSerializer(PersonSerializer):
    """A person; the addresses are there for themselves and for who administers people."""

    contact_methods = ContactMethodBrief(source="visible_methods", many=True, read_only=True)

    class Meta(PersonSerializer.Meta):
        fields = [*PersonSerializer.Meta.fields, "contact_methods"]


class MeSerializer(UserSerializer):
    """Oneself: what one may do in the portal, and what the key of the request allows."""

    # It is changed on the profile page, by who knows the present one.
    password = None  # type: ignore[assignment]
    attributes = AttributesField(read_only=True)
    entitlements = serializers.SerializerMethodField()
    scopes = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Null for a session."
    )

    class Meta(UserSerializer.Meta):
        fields = [name for name in UserSerializer.Meta.fields if name != "password"]
        fields += ["is_superuser", "entitlements", "scopes"]
        read_only_fields = ["email", "is_active", "is_staff", "is_superuser", "groups"]

    def get_entitlements(self, user: Any) -> list[str]:
        return sorted(user.get_all_permissions())


class CodeSerializer(Strict):
    code = serializers.CharField(max_length=20)


class MethodOf(Reference):
    """A contact method of one person: labels, such as ``Login``, are the same for many."""

    person: User | None = None

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows.filter(user=self.person) if self.person else rows


class RuleSerializer(StrictModel):
    """When, after a page begins, the method is used. A rule keeps its person, whose method it is.

    ``user`` may be left out: an id of a method says whose it is, and a label is one of one's own.
    """

    user = Reference(User, by="email", required=False, help_text="Left out: whose method it is.")
    contact_method = MethodOf(ContactMethod, by="label")

    class Meta:
        model = Rule
        fields = ["id", "user", "urgency", "contact_method", "after_minutes"]
        fields += ["repeat_times", "repeat_every_minutes"]
        validators: ClassVar[list[Any]] = []  # They would ask for the person, who may be left out.

    def to_internal_value(self, data: Any) -> Any:
        method: Any = self.fields["contact_method"]
        method.person = self._person(data) if isinstance(data, dict) else None
        return super().to_internal_value(data)

    def _person(self, data: dict[str, Any]) -> User | None:
        """Among whose methods ``contact_method`` is looked for; None for all that one may see."""
        if isinstance(self.instance, Rule):
            return self.instance.user
        if "user" in data:
            try:
                person: User = self.fields["user"].run_validation(data["user"])
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"user": error.detail}) from error
            return person
        is_id = str(data.get("contact_method", "")).strip().isdecimal()
        me: User = self.context["request"].user
        return None if is_id else me

    def validate_user(self, person: User) -> User:
        if self.instance is not None and person != self.instance.user:
            raise serializers.ValidationError("A rule keeps its person. Add another.")
        return person


class AttemptSerializer(StrictModel):
    class Meta:
        model = Attempt
        fields = [
            "number",
            "started_at",
            "finished_at",
            "outcome",
            "error",
            "provider_name",
            "provider_id",
            "may_repeat",
            "receipt",
            "receipt_at",
            "receipt_code",
            "segments",
            "price",
            "currency",
        ]


class NotificationSerializer(StrictModel):
    user_name = serializers.CharField(source="user", default=None, read_only=True, allow_null=True)
    attempts = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Notification
        fields = [
            "id",
            "incident",
            "event",
            "user",
            "user_name",
            "contact_method",
            "shared_channel",
            "channel",
            "address",
            "reason",
            "urgent",
            "state",
            "created_at",
            "due_at",
            "next_attempt_at",
            "done_at",
            "error",
            "merged_into",
            "delivery_id",
            "attempts",
        ]
        read_only_fields = fields

    def to_representation(self, row: Any) -> dict[str, Any]:
        """Without the address, also in errors, where it is not for who asks."""
        found = super().to_representation(row)
        user: User = self.context["request"].user
        if row.shows_address_to(user):
            return found
        found["address"], found["error"] = "", row.without_address(row.error, user)
        for attempt in found["attempts"]:
            attempt["error"] = row.without_address(attempt["error"], user)
        return found
