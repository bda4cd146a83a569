"""Every notification, with its attempts."""

import re
import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from incidents.models import Incident, User
from incidents.models.people import CHANGE_PEOPLE
from notifications.choices import (
    AttemptOutcome,
    NotificationEvent,
    NotificationState,
    ReceiptState,
)
from notifications.models.contact_method import ContactMethod
from notifications.models.shared_channel import SharedChannel
from notifications.models.status_subscriber import StatusSubscriber


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
    # Of a status page: its address is masked here.
    subscriber = models.ForeignKey(
        StatusSubscriber,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="notifications",
        db_index=False,
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
    # Until its next attempt a limit of its provider holds it back.
    waits_for_rate = models.BooleanField(default=False, db_default=False)
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
                fields=["lane"], name="notification_of_rate", condition=Q(waits_for_rate=True)
            ),
            models.Index(
                fields=["lane"],
                name="notification_being_sent",
                condition=Q(sending_since__isnull=False),
            ),
            models.Index(
                fields=["delivery_id"],
                name="notification_of_receipt",
                condition=Q(channel="push"),
            ),
            models.Index(fields=["user", "-id"], name="notification_of_user"),
            models.Index(
                fields=["shared_channel", "-id"],
                name="notification_of_channel",
                condition=Q(shared_channel__isnull=False),
            ),
            models.Index(
                fields=["subscriber"],
                name="notification_of_subscriber",
                condition=Q(subscriber__isnull=False),
            ),
            models.Index(
                fields=["user", "-id"],
                name="notification_unread",
                condition=Q(channel="inapp", read_at=None),
            ),
        ]

    def __str__(self) -> str:
        recipient = self.user or self.shared_channel or self.address
        return f"{self.event} to {recipient} by {self.channel}"

    def shows_address_to(self, user: User) -> bool:
        """A person's address is for the person, and for who may change people; a shared
        channel's, which is no person's, for all."""
        return self.user_id in (None, user.pk) or user.has_perm(CHANGE_PEOPLE)

    def without_address(self, text: str, user: User) -> str:
        """What a channel said, such as an error, without an address that is not for this user."""
        if not self.address or self.shows_address_to(user):
            return text
        return re.sub(re.escape(self.address), "(the address)", text, flags=re.IGNORECASE)


class Attempt(models.Model):
    """One try to send a notification, written before the provider is called."""

    Outcome = AttemptOutcome

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.STARTED)
    error = models.TextField(blank=True)
    # By which account it went, where its channel has some: its key, its name at that time, and the
    # id that the message was given there.
    provider = models.CharField(max_length=100, blank=True, db_default="")
    provider_name = models.CharField(max_length=100, blank=True, db_default="")
    provider_id = models.CharField(max_length=255, blank=True)
    segments = models.PositiveSmallIntegerField(default=0, db_default=0)
    price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    receipt = models.CharField(max_length=10, choices=ReceiptState, blank=True, db_default="")
    receipt_code = models.CharField(max_length=100, blank=True, db_default="")
    receipt_at = models.DateTimeField(null=True, blank=True)
    # The ids of those of its segments that arrived, where each has receipts of its own.
    parts_delivered = models.JSONField(default=list, db_default=[], editable=False)
    # Until when a receipt has to have come, or the person's next way is used.
    receipt_due_at = models.DateTimeField(null=True, blank=True)
    may_repeat = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "number"], name="attempt_number_once_for_a_notification"
            )
        ]
        indexes = [
            models.Index(
                fields=["provider", "provider_id"],
                name="attempt_of_receipt",
                condition=~Q(provider=""),
            ),
            models.Index(
                fields=["provider", "started_at"],
                name="attempt_of_month",
                condition=~Q(provider=""),
            ),
            models.Index(
                fields=["receipt_due_at"],
                name="attempt_without_receipt",
                condition=Q(receipt_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.outcome}"


class EarlyReceipt(models.Model):
    """What a provider said of a message whose acceptance was not written down yet."""

    provider = models.CharField(max_length=100)
    provider_id = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=ReceiptState)
    code = models.CharField(max_length=100, blank=True)
    part = models.CharField(max_length=255, blank=True, db_default="")
    is_answer = models.BooleanField(default=False, db_default=False)
    address_fault = models.CharField(max_length=200, blank=True, default="", db_default="")
    # When it happened, and what the message cost, where the provider says so.
    at = models.DateTimeField(null=True, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["provider", "provider_id"], name="early_receipt_of")]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_id}: {self.state}"
