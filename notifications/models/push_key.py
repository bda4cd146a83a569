"""The key pair of the portal towards push services."""

from django.db import models
from django.db.models import Q

from opsportal.lib.encryption import EncryptedTextField


class PushKey(models.Model):
    """One row. Browsers subscribe with its public half: a new key ends all subscriptions."""

    private_key = EncryptedTextField()  # PEM, PKCS #8
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="push_key_is_one_row")]

    def __str__(self) -> str:
        return f"push key of {self.created_at:%Y-%m-%d}"
