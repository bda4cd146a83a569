"""Mail accounts that are polled by IMAP."""

from django.db import models

from opsportal.lib.encryption import EncryptedTextField, unreadable_names


class MailAccount(models.Model):
    """A mailbox that is polled by IMAP; what comes in goes to the integrations of the mailbox that
    its recipients name, or to ``mailbox`` where none of them is one of ours."""

    class Security(models.TextChoices):
        TLS = "tls", "TLS (port 993)"
        STARTTLS = "starttls", "STARTTLS (port 143)"
        NONE = "none", "none (only in your own network)"

    name = models.CharField(max_length=150, unique=True)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, choices=Security, default=Security.TLS)
    username = models.CharField(max_length=254)
    password = EncryptedTextField()
    folder = models.CharField(max_length=200, default="INBOX")
    mailbox = models.CharField(max_length=64, blank=True)
    every_seconds = models.PositiveIntegerField(default=60)
    is_enabled = models.BooleanField("enabled", default=True)
    last_polled_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    # The highest UID that was taken, and the UIDVALIDITY that it belongs to (RFC 3501).
    uid_validity = models.BigIntegerField(default=0, editable=False)
    last_uid = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "mail account (IMAP)"
        verbose_name_plural = "mail accounts (IMAP)"

    def __str__(self) -> str:
        return self.name

    @property
    def unreadable_secrets(self) -> list[str]:
        """The fields that were encrypted with a key that is not known here."""
        return unreadable_names(self)
