"""Channels of many people, what services announce there, and the catch-all."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from incidents.models import Service, User
from notifications.channels import all_channels
from notifications.models.contact_method import channel_choices
from opsportal.lib.encryption import (
    UNREADABLE_TEXT,
    EncryptedJSONField,
    stored_value,
    unreadable_names,
)
from opsportal.lib.languages import Language


class SharedChannelQuerySet(models.QuerySet["SharedChannel"]):
    def visible_to(self, user: User) -> Self:
        """Every role may look: what a place is called and where it is, never its secrets."""
        return self if user.has_perm("notifications.view_sharedchannel") else self.none()


class SharedChannel(models.Model):
    """A place that several people read, or a machine: a webhook, a list address."""

    name = models.CharField(max_length=150, unique=True)
    channel = models.CharField(max_length=40, choices=channel_choices)
    config: "models.Field[Any, Any]" = EncryptedJSONField(default=dict)
    is_enabled = models.BooleanField("enabled", default=True)
    is_default = models.BooleanField(
        "default",
        default=False,
        db_default=False,
        help_text="Told of services that have chosen no shared channel of their own.",
    )

    language = models.CharField(
        max_length=5,
        blank=True,
        default="",
        db_default="",
        choices=Language,
        help_text="Of the messages that it gets. Empty: that of the portal.",
    )

    objects = SharedChannelQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("webhook", args=[self.pk])

    @property
    def address(self) -> str:
        """Where it goes, as people read it; a text that says so where that cannot be read."""
        if stored_value(self, "config"):
            return UNREADABLE_TEXT
        return all_channels()[self.channel].describe(self.config)

    @property
    def unreadable_secrets(self) -> list[str]:
        """The fields that were encrypted with a key that is not known here."""
        return unreadable_names(self)


class ServiceNotificationSettings(models.Model):
    """Of what the shared channels of a service are told, and by which channels people are."""

    service = models.OneToOneField(Service, models.CASCADE, related_name="notification_settings")
    channels = models.ManyToManyField(SharedChannel, blank=True, related_name="services")
    on_triggered = models.BooleanField("when triggered", default=True)
    on_acknowledged = models.BooleanField("when acknowledged", default=True)
    on_resolved = models.BooleanField("when resolved", default=True)
    on_sla_warning = models.BooleanField("when the SLA is at risk", default=False, db_default=False)
    sla_tells_owner = models.BooleanField(
        "SLA at risk or missed: tell the assignee", default=False, db_default=False
    )
    sla_tells_managers = models.BooleanField(
        "SLA at risk or missed: tell the managers of its team", default=False, db_default=False
    )
    on_sla_breach = models.BooleanField("when the SLA is missed", default=False)
    # The channels by which people are told of its incidents; empty: all that they have.
    personal_channels = models.JSONField(default=list, db_default=[], blank=True)

    def __str__(self) -> str:
        return f"Notices of {self.service}"


class CatchAllQuerySet(models.QuerySet["CatchAll"]):
    def told(self) -> Self:
        """The row, if it names anybody who can be told."""
        people = User.objects.pageable()
        return self.filter(Q(users__in=people) | Q(channels__is_enabled=True))


class CatchAll(models.Model):
    """Who is told when everything else reached nobody. One row for the whole portal."""

    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    channels = models.ManyToManyField(SharedChannel, blank=True, related_name="+")

    objects = CatchAllQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "catch-all"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="catch_all_is_one_row")]

    def __str__(self) -> str:
        return "Catch-all of the portal"
