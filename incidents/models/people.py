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

OWNER = "Owner"
RESPONDER = "Responder"
STAKEHOLDER = "Stakeholder"  # Informed, and never paged, unless another role responds.
RESPOND = "incidents.respond"


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is no IANA time zone, such as Europe/Berlin.")


def has_responding_role() -> Q:
    """Whether a row of users may respond by a role or by a permission of their own."""
    app, _, codename = RESPOND.partition(".")
    respond = Permission.objects.filter(codename=codename, content_type__app_label=app)
    by_role = Group.objects.filter(user=OuterRef("pk"), permissions__in=respond)
    return Q(is_superuser=True) | Exists(by_role) | Exists(respond.filter(user=OuterRef("pk")))


def is_informed_only() -> Q:
    """Whether a row of users is a Stakeholder whom no other role lets respond."""
    holders = Group.objects.filter(user=OuterRef("pk"), name=STAKEHOLDER)
    return Q(Exists(holders)) & ~has_responding_role()


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def stakeholders(self) -> Self:
        """Who is informed and never paged."""
        return self.filter(is_informed_only())

    def pageable(self) -> Self:
        """Who can be paged, whatever the role: active, and no Stakeholder."""
        return self.active().exclude(is_informed_only())

    def visible_to(self, user: "User") -> Self:
        """Colleagues know each other: whoever may log in sees who can be paged."""
        return self if user.is_active else self.none()


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
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ignores_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ")[0]

    def outranks(self, role_names: Iterable[str]) -> bool:
        """Whether these roles are his or hers to give: that of an Owner is given by Owners only."""
        above = self.is_superuser or OWNER not in role_names
        return above or self.groups.filter(name=OWNER).exists()

    def may_change(self, person: "User") -> bool:
        """Superusers are changed by superusers only, and Owners by Owners and superusers."""
        if person.is_superuser and not self.is_superuser:
            return False
        return self.outranks(person.groups.values_list("name", flat=True))

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
        """The one place that says who may see which team."""
        if user.has_perm("incidents.Groups_View_GlobalAccess"):
            return self
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
