"""Contact methods, notification rules, and every notification with its attempts."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from incidents.models import Incident, Service, Urgency, User
from notifications.channels import all_channels
from notifications.choices import AttemptOutcome, NotificationEvent, NotificationState
from notifications.lane import Lane  # noqa: F401 - a table of this app
from opsportal.lib.encryption import (
    UNREADABLE_TEXT,
    EncryptedJSONField,
    stored_value,
    unreadable_names,
)

CHANGE_PEOPLE = "incidents.SecurityAdministration_Global_Access"


def channel_choices() -> list[tuple[str, str]]:
    """What the folder of channels holds today; migrations name this function, not its answer."""
    return [(key, channel.label) for key, channel in all_channels().items()]


class ContactMethodQuerySet(models.QuerySet["ContactMethod"]):
    def usable(self) -> Self:
        """Verified, and not switched off."""
        return self.filter(is_enabled=True, verified_at__isnull=False, user__is_active=True)

    def visible_to(self, user: User) -> Self:
        """People see their own; who may change people sees all."""
        return self if user.has_perm(CHANGE_PEOPLE) else self.filter(user=user)


class ContactMethod(models.Model):
    """One address of one person on one channel. Only a verified one is used for pages."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="contact_methods"
    )
    channel = models.CharField(max_length=40, choices=channel_choices)
    label = models.CharField(max_length=100, blank=True, help_text="Such as: work mail.")
    config: "models.Field[Any, Any]" = EncryptedJSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    is_enabled = models.BooleanField("enabled", default=True)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    quiet_from = models.TimeField(
        null=True, blank=True, help_text="In the person's time zone. High urgency is never quiet."
    )
    quiet_until = models.TimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ContactMethodQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label or self.address

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

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, user: User) -> Self:
        """As with contact methods: one's own, or all."""
        return self if user.has_perm(CHANGE_PEOPLE) else self.filter(user=user)


class Rule(models.Model):
    """When, after a page begins, a person wants which method to be used."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rules")
    urgency = models.CharField(max_length=4, choices=Urgency)
    contact_method = models.ForeignKey(ContactMethod, models.CASCADE, related_name="rules")
    after_minutes = models.PositiveSmallIntegerField(default=0)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["urgency", "after_minutes", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "urgency", "contact_method", "after_minutes"],
                name="rule_once_for_one_method_and_delay",
            )
        ]

    def __str__(self) -> str:
        return f"{self.urgency}: {self.contact_method} after {self.after_minutes} min"


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

    objects = SharedChannelQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

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
    """Which events of a service its shared channels are told of."""

    service = models.OneToOneField(Service, models.CASCADE, related_name="notification_settings")
    channels = models.ManyToManyField(SharedChannel, blank=True, related_name="services")
    on_triggered = models.BooleanField("when triggered", default=True)
    on_acknowledged = models.BooleanField("when acknowledged", default=True)
    on_resolved = models.BooleanField("when resolved", default=True)
    on_sla_breach = models.BooleanField("when the SLA is missed", default=False)

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


class NotificationQuerySet(models.QuerySet["Notification"]):
    def waiting(self) -> Self:
        return self.filter(next_attempt_at__isnull=False)

    def due(self, now: datetime) -> Self:
        return self.filter(next_attempt_at__lte=now)

    def visible_to(self, user: User) -> Self:
        if user.has_perm("incidents.Messages_View_GlobalAccess"):
            return self
        seen = Incident.objects.visible_to(user).filter(pk=OuterRef("incident"))
        return self.filter(Q(user=user) | Exists(seen))


class Notification(models.Model):
    """The intent to tell one person, or one shared channel, one thing on one channel."""

    State = NotificationState

    incident = models.ForeignKey(
        Incident, models.CASCADE, null=True, blank=True, related_name="notifications"
    )
    event = models.CharField(max_length=32, default=NotificationEvent.TRIGGERED)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
    )
    contact_method = models.ForeignKey(
        ContactMethod, models.SET_NULL, null=True, blank=True, related_name="notifications"
    )
    shared_channel = models.ForeignKey(
        SharedChannel, models.SET_NULL, null=True, blank=True, related_name="notifications"
    )
    channel = models.CharField(max_length=40)
    address = models.CharField(max_length=500, blank=True)
    reason = models.TextField(blank=True)
    # Its identity: what caused it (all that one step sends to anybody shares it), and which of the
    # recipient's addresses at which delay. They are compared, and never taken apart.
    page_key = models.CharField(max_length=80)
    address_key = models.CharField(max_length=40)
    urgent = models.BooleanField(default=True)
    # Of what has happened, and not a page: it comes after all pages, and is never superseded.
    is_announcement = models.BooleanField(default=False)
    delivery_id = models.UUIDField(default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    # Those that failed for another's fault, and so use up nothing.
    attempts_excused = models.PositiveSmallIntegerField(default=0)
    # By which destination it goes; since when it is being sent; that it was put back for others.
    lane = models.CharField(max_length=300, blank=True)
    sending_since = models.DateTimeField(null=True, blank=True)
    waits_for_lane = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", db_index=False
    )
    read_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["page_key", "address_key"], name="one_notification_for_page_and_address"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="notification_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["contact_method", "next_attempt_at"],
                name="notification_to_merge",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["lane"], name="notification_of_lane", condition=Q(waits_for_lane=True)
            ),
            models.Index(
                fields=["lane"],
                name="notification_being_sent",
                condition=Q(sending_since__isnull=False),
            ),
            models.Index(fields=["user", "-id"], name="notification_of_user"),
            models.Index(
                fields=["user", "-id"],
                name="notification_unread",
                condition=Q(channel="inapp", read_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.user or self.shared_channel} by {self.channel}"


class Attempt(models.Model):
    """One try to send a notification, written before the provider is called."""

    Outcome = AttemptOutcome

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.STARTED)
    error = models.TextField(blank=True)
    provider_id = models.CharField(max_length=255, blank=True)
    may_repeat = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "number"], name="attempt_number_once_for_a_notification"
            )
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.outcome}"
