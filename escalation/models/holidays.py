"""Holidays of the places that schedules name."""

from django.db import models


class Holiday(models.Model):
    """A day on which layers may be off; of a country or a part of one."""

    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    name = models.CharField(max_length=150)
    is_own = models.BooleanField("added here", default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "subdivision", "day"], name="holiday_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.day:%Y-%m-%d}"


class HolidayCalendar(models.Model):
    """A country, or a part of one, whose holidays are filled; ``due_at``: when again."""

    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=20, blank=True)
    due_at = models.DateTimeField()
    filled_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "subdivision"], name="holiday_calendar_once")
        ]

    def __str__(self) -> str:
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country
