"""Who is told what a status page says."""

from typing import Any, Self

from django.db import models
from django.utils import timezone

from notifications.models.status_page import StatusPage
from opsportal.lib.encryption import EncryptedJSONField


class StatusSubscriberQuerySet(models.QuerySet["StatusSubscriber"]):
    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)


class StatusSubscriber(models.Model):
    """An address, told nothing but the request to confirm until that was done."""

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="subscribers")
    channel = models.CharField(max_length=40)
    config: "models.Field[Any, Any]" = EncryptedJSONField(default=dict)
    # Finds the address without holding it; and what may be shown of it.
    digest = models.CharField(max_length=64, editable=False)
    address = models.CharField(max_length=200, editable=False)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_from = models.GenericIPAddressField(null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StatusSubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["page", "digest"], name="subscribed_once_to_a_page")
        ]
        indexes = [
            models.Index(
                fields=["page", "asked_at"],
                condition=models.Q(confirmed_at=None),
                name="subscriber_to_confirm",
            )
        ]

    def __str__(self) -> str:
        return self.address
