"""What incidents are about, and who wants to be told of it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.choices import Priority
from incidents.models.people import User
from incidents.models.teams import Team


class TopicQuerySet(models.QuerySet["Topic"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, for people refer to them by name."""
        return self if user.has_perm("incidents.view_topic") else self.none()


class Topic(models.Model):
    """A subject, such as Payments or Security, with the teams and people who are told of it."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    priority = models.CharField(
        max_length=2,
        choices=Priority,
        blank=True,
        help_text="Of incidents with this topic for which nobody has chosen one.",
    )
    teams = models.ManyToManyField(
        Team, blank=True, related_name="topics", help_text="Their primary role is told."
    )
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="topics",
        verbose_name="subscribers",
        help_text="Told as well, with the first step.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [("Topics_Maintenance", "May add, change and delete topics")]

    def __str__(self) -> str:
        return self.name
