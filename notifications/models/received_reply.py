"""What people answered to messages, and what came of it."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class ReceivedReply(models.Model):
    """One answer, done once: providers deliver some of them twice."""

    provider = models.CharField(max_length=100)
    event_id = models.CharField(max_length=255)
    channel = models.CharField(max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(blank=True)
    result = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="one_reply_for_one_event")
        ]

    def __str__(self) -> str:
        return f"{self.channel} reply {self.event_id}"
