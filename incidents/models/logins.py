"""Log-ins that failed: what the throttle counts, shared by all web processes."""

from django.db import models
from django.utils import timezone


class LoginAttempt(models.Model):
    """A wrong password, or a reset that was asked for; rows live as long as the throttle's window.

    The account is a hash: people type passwords into the wrong field.
    """

    class Kind(models.TextChoices):
        LOG_IN = "log_in"
        RESET = "reset"

    kind = models.CharField(max_length=8, choices=Kind)
    account_digest = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["account_digest", "at"], name="login_attempt_account"),
            models.Index(fields=["address", "at"], name="login_attempt_address"),
            models.Index(fields=["at"], name="login_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.address or 'an unknown address'}"
