"""Answers of the REST API that are kept, so that a request which is repeated is done once."""

from django.db import models
from django.utils import timezone

from opsportal.lib.encryption import EncryptedTextField


class IdempotentRequest(models.Model):
    """A POST with an ``Idempotency-Key``, and its answer. The answer may hold a new key or secret,
    so it is encrypted."""

    credential = models.CharField(max_length=40)  # Of an API key or a person, such as key:5.
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the address and the body.
    status = models.PositiveSmallIntegerField(default=0)
    answer = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("credential", "key", name="incidents_idempotency_key")
        ]

    def __str__(self) -> str:
        return f"{self.credential} {self.key}"
