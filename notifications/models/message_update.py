"""Messages that were sent, and do not show any more how their incidents are."""

from django.db import models


class MessageUpdate(models.Model):
    """One message to be rewritten: what changes meanwhile makes the version higher, so that only
    the newest is sent, by one worker at a time (``due_at`` is its lease)."""

    provider = models.CharField(max_length=100)
    provider_id = models.CharField(max_length=255)
    version = models.PositiveIntegerField(default=1, db_default=1)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_id"], name="one_update_for_one_message"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_id}"
