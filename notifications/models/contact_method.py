"""Contact methods of people, and the rules by which they are used."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from incidents.models import Urgency, User
from incidents.models.people import CHANGE_PEOPLE
from notifications.channels import all_channels
from notifications.contact_hours import check_hours
from opsportal.lib.encryption import (
    UNREADABLE_TEXT,
    EncryptedJSONField,
    stored_value,
    unreadable_names,
)

MAX_REPEATS = 10
MAX_REPEAT_EVERY_MINUTES = 120


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
    hours = models.CharField(
        max_length=400,
        blank=True,
        default="",
        db_default="",
        validators=[check_hours],
        help_text="When it is used, such as mon-fri 08:00-18:00, in the person's time zone. Empty: "
        "always. Outside, high urgency goes by another way if one is within its hours.",
    )
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When somebody last answered what was sent there by the path of pages.
    proven_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When a page, a test or a code that was sent there was last answered.",
    )
    # Why it lost its proof by what a provider said of it, such as a hard bounce; '' where it did
    # not, or was proved anew since.
    fault = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Why it is not used any more, such as that mails to it came back.",
    )
    fault_at = models.DateTimeField(null=True, blank=True, editable=False)

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
    """When, after a page begins, a person wants which method to be used, and how often again
    unless somebody has the incident by then."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rules")
    urgency = models.CharField(max_length=4, choices=Urgency)
    contact_method = models.ForeignKey(ContactMethod, models.CASCADE, related_name="rules")
    after_minutes = models.PositiveSmallIntegerField(default=0)
    repeat_times = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MAX_REPEATS)],
        help_text=f"How often it is used again, at most {MAX_REPEATS} times.",
    )
    repeat_every_minutes = models.PositiveSmallIntegerField(
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_REPEAT_EVERY_MINUTES)],
        help_text="After so many minutes each, from 1 to 120, unless somebody has the incident.",
    )

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
