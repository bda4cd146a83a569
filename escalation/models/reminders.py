"""What people want to be told of their shifts, and what is to be told when."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

SWITCHES = {
    "tells_changes": "Tell me when I am put on call or relieved",
    "tells_starts": "Tell me when I take over, with the note of who hands over",
    "tells_ends": "Tell me when my shift is over",
}
MAX_BEFORE_MINUTES = 14 * 24 * 60


class OnCallSettings(models.Model):
    """What a person chose. Without a row it is what the defaults of its columns say, and one
    reminder by e-mail an hour before."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="on_call_settings"
    )
    tells_changes = models.BooleanField(default=True, db_default=True)
    tells_starts = models.BooleanField(default=True, db_default=True)
    tells_ends = models.BooleanField(default=True, db_default=True)

    def __str__(self) -> str:
        return f"what {self.user} is told of shifts"


class Reminder(models.Model):
    """So long before a shift begins its person is told."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders")
    minutes_before = models.PositiveIntegerField(validators=[MaxValueValidator(MAX_BEFORE_MINUTES)])
    channel = models.CharField(max_length=40, default="email")

    class Meta:
        ordering = ["minutes_before"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "minutes_before"], name="reminder_once_at_a_time_before"
            ),
            models.CheckConstraint(
                name="reminder_at_most_two_weeks_before",
                condition=Q(minutes_before__lte=MAX_BEFORE_MINUTES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes_before} min before, by {self.channel}"


class PlannedReminder(models.Model):
    """A reminder of one shift. It stays once it was told, so that it is told once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="planned_reminders"
    )
    schedule = models.ForeignKey("escalation.Schedule", models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    minutes_before = models.PositiveIntegerField()
    channel = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "schedule", "key", "minutes_before"],
                name="reminder_once_of_a_shift",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="reminder_due", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.due_at:%Y-%m-%d %H:%M}"
