"""User groups of Slack that consist of whoever is on call in a schedule."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from escalation.models.schedules import Schedule
from incidents.models import User
from notifications.models import Provider
from opsportal.lib.audit import AuditedPart


class SlackUserGroupQuerySet(models.QuerySet["SlackUserGroup"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(schedule__in=Schedule.objects.visible_to(user))

    def due(self) -> Self:
        """Those that may be changed now: neither failed just now, nor is a worker at it."""
        waits = Q(next_try_at__gt=timezone.now())
        return self.filter(provider__is_enabled=True).exclude(waits)


class SlackUserGroup(AuditedPart, models.Model):
    """A user group that follows a schedule. ``members``: the Slack IDs that it was given last."""

    whole = "schedule"

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="slack_groups")
    provider = models.ForeignKey(
        Provider, models.CASCADE, related_name="+", verbose_name="workspace"
    )
    group_id = models.CharField(
        "user group",
        max_length=30,
        validators=[RegexValidator(r"^S[A-Z0-9]{1,25}$", "Enter an ID such as S0614TZR7.")],
        help_text="Its ID, such as S0614TZR7: in Slack under People, User groups, ⋮, Copy group "
        "ID. Whoever is in it now is replaced.",
    )
    handle = models.CharField(max_length=100, blank=True, editable=False)
    members = models.JSONField(default=list, editable=False)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.CharField(max_length=300, blank=True, editable=False)
    next_try_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SlackUserGroupQuerySet.as_manager()

    class Meta:
        ordering = ["schedule", "group_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "group_id"],
                name="slack_group_follows_one_schedule",
                violation_error_message="This user group follows a schedule already.",
            )
        ]

    def __str__(self) -> str:
        return f"@{self.handle}" if self.handle else self.group_id
