"""Alerts: the problems as their senders identify them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from incidents.choices import Severity
from incidents.models.incident import Incident
from incidents.models.people import User
from incidents.models.service import Service


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> Self:
        """The alerts of the incidents that one may see."""
        if user.has_perm("incidents.Messages_View_GlobalAccess"):
            return self
        ours = Service.objects.of_teams_of(user).values("pk")
        seen = Incident.objects.visible_to(user).filter(pk=OuterRef("incident"))
        # Asked row by row: as a join it would read every incident for each page of a list.
        found = self.filter(Q(service__in=ours) | Exists(seen))
        return found.exclude(incident__in=Incident.objects.hidden_from(user).values("pk"))

    def open(self) -> "models.QuerySet[Alert]":
        return self.filter(closed_at=None)

    def expired(self, now: datetime) -> "models.QuerySet[Alert]":
        """Open, although their sender said that it would be over by now unless it is repeated."""
        return self.open().filter(expires_at__lte=now)

    def next_expiry(self) -> datetime | None:
        """When the next one expires."""
        rows = self.open().filter(expires_at__isnull=False).order_by("expires_at")
        return rows.values_list("expires_at", flat=True).first()


class Alert(models.Model):
    """One problem as its sender identifies it; repeated reports are counted, not repeated."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="alerts")
    service = models.ForeignKey(Service, models.PROTECT, related_name="alerts", db_index=False)
    key = models.CharField(max_length=64)
    dedup_key = models.TextField(blank=True)
    source = models.CharField(max_length=1024, blank=True)
    source_name = models.CharField(max_length=1024, blank=True)
    source_id = models.TextField(blank=True)
    source_status = models.CharField(max_length=1024, blank=True)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.CRITICAL)
    title = models.CharField(max_length=1024)
    # As it was first reported, once another title has taken its place.
    first_title = models.CharField(max_length=1024, blank=True, default="", db_default="")
    short_text = models.CharField(max_length=1024, blank=True)
    long_text = models.TextField(blank=True)
    url = models.CharField(max_length=2048, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    # When it came, the last few times: what "so many within so many minutes" counts.
    recent_occurrences = models.JSONField(default=list, blank=True)
    # A sender that repeats itself says until when silence means that it is still so.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Since when it waits for a repetition: the message, or the return of an engine that was away;
    # and how often it began anew since the message.
    waits_since = models.DateTimeField(null=True, blank=True)
    expiry_restarts = models.PositiveSmallIntegerField(default=0, db_default=0)
    suppressed_by = models.CharField(max_length=200, blank=True)  # a maintenance window

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "key"],
                condition=Q(closed_at=None),
                name="one_open_alert_for_one_key",
            )
        ]
        indexes = [
            models.Index(fields=["service", "key", "-id"], name="alert_of_key"),
            models.Index(
                fields=["expires_at"],
                name="alert_expires",
                condition=Q(closed_at=None, expires_at__isnull=False),
            ),
            models.Index(
                fields=["closed_at"], name="alert_closed", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["-id"], name="alert_open", condition=Q(closed_at=None)),
            models.Index(fields=["service", "-id"], name="alert_of_service"),
            models.Index(fields=["-opened_at"], name="alert_opened"),
        ]

    def __str__(self) -> str:
        return self.title
