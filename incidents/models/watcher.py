"""Who wants to hear of an incident without having to act."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.models.incident import Incident


class IncidentWatcher(models.Model):
    """A person who is told of updates, and sees the incident."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="watchers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="watched_incidents"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "user"], name="watches_an_incident_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} watches #{self.incident_id}"
