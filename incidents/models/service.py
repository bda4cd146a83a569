"""What is being operated."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from incidents.models.people import Team, User


class ServiceQuerySet(models.QuerySet["Service"]):
    def active(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at=None)

    def of_teams_of(self, user: User) -> Self:
        """What the teams answer for that the person is in."""
        return self.filter(team__in=user.teams.values("pk"))

    def visible_to(self, user: User) -> Self:
        """The one place that says who may see which service: who may change all sees them, too;
        others, who have a role, those of their teams.
        """
        if user.has_perm("incidents.Messages_View_GlobalAccess") or user.has_perm(
            "incidents.change_service"
        ):
            return self
        if not user.has_perm("incidents.view_service"):
            return self.none()
        return self.of_teams_of(user)


class Service(models.Model):
    """Something that can break, and the team that answers for it."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        help_text="Its members see the incidents of this service.",
    )
    acknowledge_within_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="SLA: how soon somebody must take an incident."
    )
    resolve_within_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="SLA: how soon an incident must be over."
    )
    archived_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Its history is kept; nothing is opened."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("service", args=[self.pk])

    def acknowledge_by(self, since: datetime) -> datetime | None:
        """Until when an incident that began at ``since`` has to be taken; None without a target."""
        return _after(since, self.acknowledge_within_minutes)

    def resolve_by(self, since: datetime) -> datetime | None:
        """Until when it has to be over; None without a target."""
        return _after(since, self.resolve_within_minutes)


def _after(since: datetime, minutes: int | None) -> datetime | None:
    return since + timedelta(minutes=minutes) if minutes else None
