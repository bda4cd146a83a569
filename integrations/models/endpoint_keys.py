"""Keys of integrations that were replaced and stay valid for a while; when keys were used."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from integrations.models.integration import Integration, digest_of
from opsportal.lib.encryption import EncryptedTextField, readable


def mailbox_digest(mailbox: str) -> str:
    """What stands for a mailbox among the digests of tokens."""
    return digest_of(f"mailbox:{mailbox}")


class RetiredKeyQuerySet(models.QuerySet["RetiredKey"]):
    def valid(self, now: datetime) -> Self:
        return self.filter(valid_until__gt=now)


class RetiredKey(models.Model):
    """A token or mailbox that was replaced; until ``valid_until`` it leads to the integration."""

    class Kind(models.TextChoices):
        TOKEN = "token", "Token"
        MAILBOX = "mailbox", "Mailbox"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="retired_keys")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.TOKEN)
    secret = EncryptedTextField()
    digest = models.CharField(max_length=64, db_index=True)
    retired_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()

    objects = RetiredKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-retired_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} until {self.valid_until}"

    @property
    def hint(self) -> str:
        """Enough of it to know it by: a mailbox whole, of a token the first six characters."""
        secret = readable(self, "secret", "")
        return secret if self.kind == self.Kind.MAILBOX else f"{secret[:6]}…"


class KeyUse(models.Model):
    """When a token or mailbox was last used, to the minute; a table of its own, so that a message
    never waits for whoever changes its integration."""

    digest = models.CharField(max_length=64, primary_key=True)
    last_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"used at {self.last_used_at}"
