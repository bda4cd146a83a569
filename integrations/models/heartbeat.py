"""Heartbeats: systems that ping on a schedule."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from integrations.models.integration import Integration


class Heartbeat(models.Model):
    """When an integration of the channel Heartbeat expects a ping, and when it had one.

    ``due_at`` is when the next ping is expected; ``alert_after`` is ``due_at`` and the grace: the
    instant at which a missing ping opens an alert. It is empty while none is expected.
    """

    integration = models.OneToOneField(
        Integration, models.CASCADE, primary_key=True, related_name="heartbeat"
    )
    every_seconds = models.PositiveIntegerField("interval", null=True, blank=True)
    cron = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    grace_seconds = models.PositiveIntegerField("grace", default=60)
    starts_immediately = models.BooleanField(default=False)
    is_paused = models.BooleanField(default=False)
    last_ping_at = models.DateTimeField(null=True, blank=True)
    run_started_at = models.DateTimeField(null=True, blank=True)
    last_run_seconds = models.FloatField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    alert_after = models.DateTimeField(null=True, blank=True)
    # How often it waited anew since the last ping, because the engine was away.
    restarts = models.PositiveSmallIntegerField(default=0, db_default=0)
    down_since = models.DateTimeField(null=True, blank=True)
    down_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="heartbeat_interval_or_cron",
                condition=Q(every_seconds__gt=0, cron="") | (Q(every_seconds=None) & ~Q(cron="")),
            )
        ]
        indexes = [
            models.Index(
                fields=["alert_after"],
                name="heartbeat_alert_after",
                condition=Q(alert_after__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"heartbeat of {self.integration}"

    def clean(self) -> None:
        if bool(self.every_seconds) == bool(self.cron):
            raise ValidationError({"every_seconds": "Write an interval or a cron expression."})
