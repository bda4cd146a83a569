"""People and teams. E-mail is the login; to be pageable is not a role."""

import zoneinfo
from collections.abc import Iterable
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

# Who holds OWNERSHIP is an Owner, whatever the role is called; it is in one role, which is fixed.
OWNERSHIP = "incidents.Ownership_Global_Access"
CHANGE_PEOPLE = "incidents.SecurityAdministration_Global_Access"
RESPONDER = "Responder"
STAKEHOLDER = "Stakeholder"  # Informed, and never paged, unless another role responds.
RESPOND = "incidents.respond"


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is no IANA time zone, such as Europe/Berlin.")


def holds(entitlement: str) -> Q:
    """Whether a row of users has an entitlement, by a role or by a permission of their own."""
    app, _, codename = entitlement.partition(".")
    named = Permission.objects.filter(codename=codename, content_type__app_label=app)
    by_role = Group.objects.filter(user=OuterRef("pk"), permissions__in=named)
    return Q(is_superuser=True) | Exists(by_role) | Exists(named.filter(user=OuterRef("pk")))


def has_responding_role() -> Q:
    """Whether a row of users may respond by a role or by a permission of their own."""
    return holds(RESPOND)


def is_informed_only() -> Q:
    """Whether a row of users is a Stakeholder whom no other role lets respond."""
    holders = Group.objects.filter(user=OuterRef("pk"), name=STAKEHOLDER)
    return Q(Exists(holders)) & ~has_responding_role()


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def owners(self) -> Self:
        """The Owners who may log in and open the portal."""
        return self.active().filter(holds(OWNERSHIP), is_staff=True)

    def stakeholders(self) -> Self:
        """Who is informed and never paged."""
        return self.filter(is_informed_only())

    def pageable(self) -> Self:
        """Who can be paged, whatever the role: active, and no Stakeholder."""
        return self.active().exclude(is_informed_only())

    def visible_to(self, user: "User") -> Self:
        """Colleagues know each other: whoever has a role sees who can be paged."""
        if user.has_perm("incidents.view_user") or user.has_perm(CHANGE_PEOPLE):
            return self
        return self.filter(pk=user.pk, is_active=True)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email__iexact=username)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who responds, configures or is kept informed."""

    email = models.EmailField(
        unique=True,
        error_messages={"unique": "Somebody with this e-mail address exists already."},
        help_text="The login, and the address that pages go to until others are added.",
    )
    name = models.CharField(max_length=150, blank=True, help_text="As colleagues call this person.")
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name, such as Europe/Berlin: times are shown in it.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Off: cannot log in and is paged by nothing."
    )
    is_staff = models.BooleanField(
        "may open the portal", default=True, help_text="Off: is told of incidents, and no more."
    )
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ["name", "email"]
        permissions = [
            ("SecurityAdministration_Global_Access", "May change people, their roles and keys"),
            ("Ownership_Global_Access", "May change Owners, roles and the keys of everybody"),
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ignores_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ")[0]

    @property
    def is_owner(self) -> bool:
        return self.has_perm(OWNERSHIP)

    def outranks(self, person: "User") -> bool:
        """Whether the other may nothing that this person may not: equals outrank each other.

        What somebody may who is switched off counts as if they were not.
        """
        if self.is_superuser or person.pk == self.pk:
            return self.is_active
        if person.is_superuser:
            return False
        held = Q(group__user=person) | Q(user=person)
        return self._may_all(Permission.objects.filter(held))

    def may_grant(self, roles: Iterable[Group]) -> bool:
        """Whether these roles may nothing that this person may not."""
        return self._may_all(Permission.objects.filter(group__in=[role.pk for role in roles]))

    def may_change(self, person: "User") -> bool:
        """Whether this person may change the account and the addresses of the other.

        One's own, and with the entitlement those of whoever may nothing more than oneself.
        """
        if person.pk == self.pk:
            return self.is_active
        return self.has_perm(CHANGE_PEOPLE) and self.outranks(person)

    def _may_all(self, permissions: "models.QuerySet[Permission]") -> bool:
        if self.is_owner:  # Above every role, whatever later versions add to one.
            return True
        named = permissions.values_list("content_type__app_label", "codename")
        return {f"{app}.{codename}" for app, codename in named} <= self.get_all_permissions()

    @property
    def is_stakeholder(self) -> bool:
        """Informed and never paged: a Stakeholder whom no other role lets respond."""
        return not self.has_perm(RESPOND) and self.groups.filter(name=STAKEHOLDER).exists()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class TeamRole(models.TextChoices):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    MANAGER = "manager"


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: "User") -> Self:
        """The one place that says who may see which team: their own, for who has a role."""
        if user.has_perm("incidents.Groups_View_GlobalAccess"):
            return self
        if not user.has_perm("incidents.view_team"):
            return self.none()
        return self.filter(pk__in=user.memberships.values("team"))


class Team(models.Model):
    """People who answer together for services."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("Groups_View_GlobalAccess", "May see every team"),
            ("Groups_Update_GlobalAccess", "May add, change and delete every team"),
            ("Groups_Update_GroupAccess", "May change the teams they manage"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:incidents_team_change", args=[self.pk])


class Membership(models.Model):
    """A person's place in a team. One person may hold several roles."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower is told first.")
    is_primary = models.BooleanField("primary", default=True)
    is_secondary = models.BooleanField("secondary", default=False)
    is_manager = models.BooleanField(
        "manager", default=False, help_text="May also change this team."
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_in_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"

    @property
    def roles(self) -> list[str]:
        """The roles held here, such as ["primary", "manager"]."""
        return [role.value for role in TeamRole if getattr(self, f"is_{role.value}")]


class InactivePeriod(models.Model):
    """A time in which a person was switched off (``until`` None: still is).

    Written by the database itself whenever ``is_active`` changes: schedules ask who was on call.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="inactive_periods")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(until=None), name="inactive_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} is inactive since {self.since:%Y-%m-%d %H:%M}"
