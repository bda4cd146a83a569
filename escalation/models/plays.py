"""Response plays: tiers of people and teams."""

from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from incidents.models import Team, User
from opsportal.lib.audit import AuditedPart


class PlayQuerySet(models.QuerySet["Play"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, for people refer to them by name."""
        return self if user.has_perm("escalation.view_play") else self.none()


class Play(models.Model):
    """Tiers of people told each after its wait, all at once within a tier; roles are ignored."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlayQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "response play"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:escalation_play_change", args=[self.pk])


class Tier(AuditedPart, models.Model):
    """People and teams of a play who are told together."""

    whole = "play"

    play = models.ForeignKey(Play, models.CASCADE, related_name="tiers")
    position = models.PositiveSmallIntegerField(default=0)
    wait_seconds = models.PositiveIntegerField(
        "wait", default=0, help_text="From the tier before; for the first from the start."
    )
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    teams = models.ManyToManyField(Team, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"tier {self.position} of {self.play}"
