"""The timeline: everything that happened to an incident."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from incidents.choices import TimelineVerb
from incidents.models.incident import Incident

# By these lines a person has the incident. Those that give it to a team, or say whom a sender
# calls its assignee, are assignments as well, and it pages on.
ACKNOWLEDGING = Q(verb=TimelineVerb.ACKNOWLEDGED) | Q(
    verb=TimelineVerb.ASSIGNED, facts__has_key="assignee"
)


class TimelineEntry(models.Model):
    """Something that happened to an incident, and why. Also the outbox of announcements."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="timeline")
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    via = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    is_announced = models.BooleanField(default=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "timeline entries"
        indexes = [
            models.Index(
                fields=["id"], name="timeline_to_announce", condition=Q(is_announced=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.text}".strip()
