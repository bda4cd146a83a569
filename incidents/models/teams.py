"""Teams, and the places of people in them."""

from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from incidents.models.people import User
from incidents.team_attributes import check_attributes
from opsportal.lib.audit import AuditedPart


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
    subteams = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="parents",
        verbose_name="teams in it",
        help_text="Paged with it: whoever they mean when a step is taken.",
    )
    attributes = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        validators=[check_attributes],
        help_text="Names and values of your choice, such as region: EU.",
    )

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


class Membership(AuditedPart, models.Model):
    """A person's place in a team. One person may hold several roles."""

    whole = "team"

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
