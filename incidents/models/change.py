"""What was changed: shown beside incidents, and never pages anybody."""

from typing import Self

from django.db import models
from django.utils import timezone

from incidents.models.people import User
from incidents.models.service import Service


class ChangeQuerySet(models.QuerySet["Change"]):
    def visible_to(self, user: User) -> Self:
        """The changes of the services that one may see."""
        return self.filter(service__in=Service.objects.visible_to(user))


class Change(models.Model):
    """A deployment, a configuration, a migration: anything that may explain an incident."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="changes", db_index=False)
    summary = models.CharField(max_length=1024)
    source = models.CharField(max_length=1024, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    via = models.CharField(max_length=200, blank=True)
    links = models.JSONField(default=list, blank=True)  # [[text, address], …]
    attributes = models.JSONField(default=dict, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["service", "-at"], name="change_of_service")]

    def __str__(self) -> str:
        return self.summary
