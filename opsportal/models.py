"""What the portal as a whole keeps: with which key its secrets are encrypted."""

from django.db import models
from django.utils import timezone


class EncryptionKey(models.Model):
    """One row: a text encrypted with the key of this database, by which a wrong key is noticed."""

    canary = models.TextField()
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"encryption key {self.canary.partition('.')[0]}"
