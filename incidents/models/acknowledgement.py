"""Acknowledgements where several people have to acknowledge."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.models.incident import Incident


class Acknowledgement(models.Model):
    """One person's acknowledgement in one round of paging, where more than one is wanted."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="acknowledgements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    paging_round = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "paging_round", "user"],
                name="acknowledged_once_in_a_paging_round",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} acknowledged #{self.incident_id}"
