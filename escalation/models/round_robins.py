"""Round robins: people and schedules that are asked in turn, with whose turn it is."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.models.schedules import Schedule
from incidents.models import User
from opsportal.lib.audit import AuditedPart


class RoundRobinQuerySet(models.QuerySet["RoundRobin"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, as with policies."""
        return self if user.has_perm("escalation.view_policy") else self.none()


class RoundRobin(models.Model):
    """Each incident asks the next of its entries. Whose turn it is stays when a policy changes."""

    name = models.CharField(max_length=150, unique=True)
    new_person_each_repeat = models.BooleanField(
        default=True,
        help_text="When a policy repeats, its next repeat asks the next one. Off: the same again.",
    )
    ask_next_after_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Ask the next one after so many minutes, each once. Empty: only one of them.",
    )
    # Whose turn it is, and the codes of those who were skipped: they come first once they can.
    next_index = models.PositiveSmallIntegerField(default=0, editable=False)
    skipped = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RoundRobinQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "round robin"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:escalation_roundrobin_change", args=[self.pk])


class RoundRobinEntry(AuditedPart, models.Model):
    """A person or a schedule in a round robin."""

    whole = "round_robin"

    round_robin = models.ForeignKey(RoundRobin, models.CASCADE, related_name="entries")
    position = models.PositiveSmallIntegerField(default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    schedule = models.ForeignKey(
        Schedule, models.PROTECT, null=True, blank=True, related_name="round_robin_entries"
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "entry"
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(
                name="round_robin_entry_is_a_person_or_a_schedule",
                condition=Q(user__isnull=False, schedule__isnull=True)
                | Q(user__isnull=True, schedule__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["round_robin", "user"], name="person_once_in_a_round_robin"
            ),
            models.UniqueConstraint(
                fields=["round_robin", "schedule"], name="schedule_once_in_a_round_robin"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user or self.schedule)

    @property
    def code(self) -> str:
        """The word that names it: ``user:3`` or ``schedule:4``."""
        return f"user:{self.user_id}" if self.user_id else f"schedule:{self.schedule_id}"
