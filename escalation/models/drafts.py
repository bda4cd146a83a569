"""Incidents that people have begun to write, and not opened yet."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class IncidentDraft(models.Model):
    """What somebody typed into the form of a new incident. It pages nobody, and is theirs alone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="incident_drafts"
    )
    fields = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-saved_at", "-pk"]

    def __str__(self) -> str:
        return self.fields.get("title") or "Without a title"
