"""Accounts at providers, by which the messages of a channel leave."""

import secrets
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from incidents.models import User
from notifications.models.contact_method import channel_choices
from notifications.providers import all_providers, find_provider
from opsportal.lib.encryption import EncryptedJSONField, readable, unreadable_names

CHANGE = "notifications.change_provider"
MAX_RATE, MAX_BURST = 1000, 100_000


def new_token() -> str:
    """The part of a callback's address that nobody guesses."""
    return secrets.token_urlsafe(24)


def provider_choices() -> list[tuple[str, str]]:
    """What the folder of providers holds today; migrations name this function, not its answer."""
    return sorted({(kind, found.label) for (_, kind), found in all_providers().items()})


class ProviderQuerySet(models.QuerySet["Provider"]):
    def visible_to(self, user: User) -> Self:
        """For those who may change them."""
        return self if user.has_perm(CHANGE) else self.none()


class Provider(models.Model):
    """One account. Of several for a channel the one with the longest prefix of the number is asked
    first, then by position; the next one where it fails."""

    channel = models.CharField(max_length=40, choices=channel_choices)
    kind = models.CharField("provider", max_length=40, choices=provider_choices)
    name = models.CharField(
        max_length=100, unique=True, help_text="Such as: Twilio, main account. Shown to people."
    )
    config: "models.Field[Any, Any]" = EncryptedJSONField(default=dict)
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Those with a lower number are asked first."
    )
    prefixes = models.CharField(
        max_length=200,
        blank=True,
        help_text="Beginnings of numbers, such as +49 +43; empty: all. A longer one goes first.",
    )
    is_enabled = models.BooleanField("enabled", default=True)
    unit_price = models.DecimalField(
        max_digits=10,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Of one part of a text message, or of a call, where the provider names no price.",
    )
    currency = models.CharField(
        max_length=3,
        blank=True,
        db_default="",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Enter three letters, such as EUR.")],
        help_text="Of the price and the limit, such as EUR.",
    )
    monthly_limit = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="From four fifths of it on every page says so. Nothing is ever held back.",
    )
    # Whether it is asked for answers, by its settings: so a query knows whether anybody has to.
    is_polled = models.BooleanField(default=False, db_default=False, editable=False)
    rate_per_s = models.FloatField(
        "messages a second",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.001), MaxValueValidator(MAX_RATE)],
        help_text="More wait for their turn, pages first. Empty: as the provider says.",
    )
    burst = models.PositiveIntegerField(
        "messages at once",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_BURST)],
        help_text="So many may go at once after a rest. Empty: as the provider says.",
    )
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["channel", "position", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also keeps ``is_polled`` as the settings have it, where they can be read."""
        provider, config = find_provider(self.channel, self.kind), readable(self, "config", None)
        if provider is not None and config is not None:
            self.is_polled = provider.polls(config)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "is_polled"}
        super().save(*args, **kwargs)

    @property
    def unreadable_secrets(self) -> list[str]:
        """The fields that were encrypted with a key that is not known here."""
        return unreadable_names(self)
