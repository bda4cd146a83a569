"""People, teams and API keys, as the API shows and takes them."""

from typing import Any

from django.contrib.auth.models import Group
from rest_framework import serializers

from incidents.actions.api_keys import SCOPES
from incidents.models import ApiKey, Membership, Team, TeamRole, User
from incidents.models.people import validate_time_zone
from incidents.references import Part, Reference, Strict, StrictModel
from incidents.team_attributes import MAX_VALUE, checked_attributes


class RoleSerializer(StrictModel):
    entitlements = serializers.SerializerMethodField()

    class Meta:
        model = Group
        fields = ["id", "name", "entitlements"]

    def get_entitlements(self, group: Any) -> list[str]:
        return sorted(permission.codename for permission in group.permissions.all())


class AttributesField(serializers.DictField):
    """Names and values of one's own choice, written as a whole."""

    def __init__(self, **kwargs: Any) -> None:
        child = serializers.CharField(max_length=MAX_VALUE, allow_blank=True)
        text = "Names and values of your choice, at most 30, written as a whole."
        super().__init__(**{"child": child, "required": False, "help_text": text, **kwargs})

    def to_internal_value(self, data: Any) -> dict[str, str]:
        try:
            return checked_attributes(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(f"{error}.") from error


class PersonSerializer(StrictModel):
    """A person. ``groups`` are the roles in the portal, by name."""

    groups = serializers.SlugRelatedField(
        slug_field="name", many=True, required=False, queryset=Group.objects.all()
    )
    time_zone = serializers.CharField(
        max_length=64,
        required=False,
        validators=[validate_time_zone],
        help_text="An IANA name, such as Europe/Berlin.",
    )
    password = serializers.CharField(
        write_only=True, required=False, trim_whitespace=False, max_length=200
    )

    attributes = AttributesField()
    revoke_keys = serializers.BooleanField(
        write_only=True,
        required=False,
        help_text="With a password: the API keys of the person end as well.",
    )

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "time_zone",
            "language",
            "phone",
            "attributes",
            "groups",
            "is_active",
            "is_staff",
            "joined_at",
            "password",
            "revoke_keys",
        ]


class MemberSerializer(Part):
    """A place in a team; the first of the list is told first."""

    user = Reference(User, by="email")
    user_name = serializers.CharField(source="user", read_only=True)
    roles = serializers.MultipleChoiceField(
        choices=TeamRole.choices, default={TeamRole.PRIMARY.value}
    )

    def to_representation(self, place: Membership) -> dict[str, Any]:
        return {"user": place.user_id, "user_name": str(place.user), "roles": place.roles}


class TeamSerializer(StrictModel):
    members = MemberSerializer(source="memberships", many=True, required=False)
    subteams = Reference(
        Team, many=True, required=False, help_text="Teams in it, which are paged with it."
    )
    services = serializers.SerializerMethodField()
    attributes = AttributesField()

    class Meta:
        model = Team
        fields = [
            "id",
            "name",
            "description",
            "attributes",
            "members",
            "subteams",
            "services",
            "created_at",
        ]

    def get_services(self, team: Any) -> list[int]:
        return [service.pk for service in team.services.all()]


class KeySerializer(StrictModel):
    """An API key. Its text, ``key``, is in the answer to its creation and nowhere else."""

    scopes = serializers.MultipleChoiceField(choices=list(SCOPES.items()))
    is_usable = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
            "is_usable",
        ]
        read_only_fields = ["prefix", "created_at", "last_used_at", "revoked_at"]

    def get_is_usable(self, key: Any) -> bool:
        now = self.context["now"]
        return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)

    def to_representation(self, key: Any) -> dict[str, Any]:
        return {**super().to_representation(key), "scopes": sorted(key.scopes)}


class NewKeySerializer(KeySerializer):
    key = serializers.CharField(
        read_only=True, default="", help_text="The key itself: it is shown once."
    )

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "key"]


class KeyOverlapSerializer(Strict):
    overlap_minutes = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=90 * 24 * 60,
        help_text="For how long the old key stays valid, at most 90 days; 0: not at all.",
    )
