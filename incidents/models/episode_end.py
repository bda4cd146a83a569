"""Ends of episodes that senders have told, whatever else they say of them later."""

from django.db import models
from django.utils import timezone

from incidents.models.service import Service


class EpisodeEnd(models.Model):
    """One occurrence of a problem that is over: what still says that it begins comes late.

    ``digest`` is of the key of the alert and of what its sender calls the episode.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    ended_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "digest"], name="one_end_of_an_episode")
        ]

    def __str__(self) -> str:
        return f"end at {self.ended_at}"
