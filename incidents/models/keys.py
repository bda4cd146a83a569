"""Keys for scripts."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from incidents.models.people import User


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, now: datetime) -> Self:
        """Neither revoked nor expired, and of a person who may open the portal."""
        admitted = self.filter(user__is_active=True, user__is_staff=True)
        return admitted.filter(revoked_at=None).exclude(expires_at__lte=now)

    def visible_to(self, user: User) -> Self:
        """One's own; an Owner sees everybody's, to revoke them."""
        return self if user.is_owner else self.filter(user=user)


class ApiKey(models.Model):
    """Acts as its user, within its scopes. Only a hash is kept: the key is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="What it is for, such as: deploy script.")
    prefix = models.CharField(max_length=20, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), help_text="What this key may do.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
