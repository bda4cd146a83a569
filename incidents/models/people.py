"""People. Email is the login; to be pageable is not a role."""

import zoneinfo
from collections.abc import Iterable
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from incidents.team_attributes import check_attributes
from opsportal.lib.languages import Language

# Who holds OWNERSHIP is an Owner, whatever the role is called; it is in one role, which is fixed.
OWNERSHIP = "incidents.Ownership_Global_Access"
CHANGE_PEOPLE = "incidents.SecurityAdministration_Global_Access"
# Of one's own account. They say nothing of what one may with others.
VIEW_OWN = "incidents.User_View_UserAccess"
UPDATE_OWN = "incidents.User_Update_UserAccess"
LIST_OWN = "incidents.Users_View_UserAccess"
UPDATE_OWN_NOTIFICATIONS = "incidents.Users_Notifications_Update_UserAccess"
OWN_ACCOUNT = (VIEW_OWN, UPDATE_OWN, LIST_OWN, UPDATE_OWN_NOTIFICATIONS)
MAINTAIN_ATTRIBUTES = "incidents.UserAttribute_Maintenance"
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

    def with_reading_along(self) -> Self:
        """``reads_along`` of each: nobody asks anew whether they may be paged."""
        return self.annotate(reads_along=is_informed_only())

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
        if not user.may_of_oneself(LIST_OWN):
            return self.none()
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
    language = models.CharField(
        max_length=5,
        blank=True,
        default="",
        db_default="",
        choices=Language,
        help_text="Of what is sent to this person. Empty: that of the portal.",
    )
    phone = models.CharField(
        max_length=40,
        blank=True,
        db_default="",
        validators=[RegexValidator(r"^\+?[0-9][0-9 ()./-]*$", "Digits, such as +49 30 1234567.")],
        help_text="For colleagues and telephone systems, which ask who is on call.",
    )
    attributes = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        validators=[check_attributes],
        help_text="Names and values of your choice, such as language: French.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Off: cannot log in and is paged by nothing."
    )
    is_staff = models.BooleanField(
        "may open the portal", default=True, help_text="Off: is told of incidents, and no more."
    )
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    # Whether a Stakeholder whom no other role lets respond; None where the query has not asked.
    reads_along: bool | None = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ["name", "email"]
        permissions = [
            ("SecurityAdministration_Global_Access", "May change people, their roles and keys"),
            ("Ownership_Global_Access", "May change Owners, roles and the keys of everybody"),
            ("User_View_UserAccess", "May see their own account"),
            ("User_Update_UserAccess", "May change their own name, time zone and number"),
            ("Users_View_UserAccess", "May see themselves among people"),
            (
                "Users_Notifications_Update_UserAccess",
                "May change their own addresses, rules and reminders",
            ),
            ("UserAttribute_Maintenance", "May change the attributes of people"),
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
        """Whether this person may change the addresses, rules and chat accounts of the other.

        One's own where a role lets one, and with the entitlement those of whoever may nothing more
        than oneself.
        """
        if person.pk == self.pk:
            return self.may_of_oneself(UPDATE_OWN_NOTIFICATIONS)
        return self.has_perm(CHANGE_PEOPLE) and self.outranks(person)

    def may_of_oneself(self, entitlement: str) -> bool:
        """Whether one of OWN_ACCOUNT holds: by a role, for who may change people, and for whoever
        has no role at all, from whom nothing was taken."""
        held = self.has_perm(entitlement) or self.has_perm(CHANGE_PEOPLE)
        return self.is_active and (held or not self.groups.exists())

    def _may_all(self, permissions: "models.QuerySet[Permission]") -> bool:
        if self.is_owner:  # Above every role, whatever later versions add to one.
            return True
        others = permissions.exclude(codename__in=[one.partition(".")[2] for one in OWN_ACCOUNT])
        named = others.values_list("content_type__app_label", "codename")
        return {f"{app}.{codename}" for app, codename in named} <= self.get_all_permissions()

    @property
    def is_stakeholder(self) -> bool:
        """Informed and never paged: a Stakeholder whom no other role lets respond."""
        return not self.has_perm(RESPOND) and self.groups.filter(name=STAKEHOLDER).exists()

    @property
    def dialled_number(self) -> str:
        """The telephone number as it is dialled, such as ``+49301234567``; '' without one."""
        return "".join(sign for sign in self.phone if sign in "+0123456789")

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


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
