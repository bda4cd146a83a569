"""Callbacks that a request to their provider has to follow."""

from django.db import models
from django.utils import timezone


class FollowUp(models.Model):
    """One request that a worker makes (``due_at`` is its lease); it is gone once it is done."""

    token = models.CharField(max_length=64)  # of the account, as in the address of its callbacks
    what = models.TextField()
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="follow_up_due")]

    def __str__(self) -> str:
        return f"follow-up {self.pk}, tried {self.tries} times"
