"""Drills: planned test pages of a policy, and how each person answered."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.choices import DrillState
from escalation.models.policies import Policy
from incidents.models import Incident, User


class DrillQuerySet(models.QuerySet["Drill"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, as with policies."""
        return self if user.has_perm("escalation.view_policy") else self.none()

    def planned(self) -> Self:
        """Those that have not begun, and were not cancelled."""
        return self.filter(began_at=None, cancelled_at=None)

    def running(self) -> Self:
        """Those that have begun and are not over."""
        return self.filter(began_at__isnull=False, ended_at=None)


class Drill(models.Model):
    """At a time everybody whom a policy would tell is paged once, each by a test of their own."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="drills")
    at = models.DateTimeField()
    is_announced = models.BooleanField(
        "announced", default=False, help_text="Whoever it would page now is told beforehand."
    )
    message = models.CharField(
        max_length=200, blank=True, help_text="Added to its title, such as what to do."
    )
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = DrillQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(
                fields=["at"], name="drill_live", condition=Q(ended_at=None, cancelled_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"Drill of {self.policy}"

    def get_absolute_url(self) -> str:
        return reverse("drill", args=[self.pk])

    @property
    def state(self) -> DrillState:
        """Where it stands."""
        if self.cancelled_at:
            return DrillState.CANCELLED
        if self.began_at is None:
            return DrillState.PLANNED
        return DrillState.DONE if self.ended_at else DrillState.RUNNING


class DrillPage(models.Model):
    """One person of a drill. Their test is deleted some time; what came of it stays here."""

    drill = models.ForeignKey(Drill, models.CASCADE, related_name="pages")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    step = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=300, blank=True)
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="+")
    is_reachable = models.BooleanField(default=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failed_channels = models.JSONField(default=list, blank=True)
    sent_channels = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["drill", "user"], name="person_once_in_a_drill")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.drill}"
