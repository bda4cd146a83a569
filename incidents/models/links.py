"""Incidents that have to do with each other."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.choices import LinkKind
from incidents.models.incident import Incident


class IncidentLink(models.Model):
    """What one incident is to another. It has no effect."""

    source = models.ForeignKey(Incident, models.CASCADE, related_name="links")
    target = models.ForeignKey(Incident, models.CASCADE, related_name="backlinks")
    kind = models.CharField(max_length=9, choices=LinkKind, default=LinkKind.RELATED)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target"], name="link_once_for_two_incidents")
        ]

    def __str__(self) -> str:
        return f"#{self.source_id} is {self.get_kind_display()} #{self.target_id}"
