"""Calendars of others: of layers, and of people for when they are away."""

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from escalation.models.schedules import Schedule
from opsportal.lib.encryption import EncryptedTextField, unreadable_names

DEFAULT_WORDS = "out of office, OOO, vacation, holiday, leave, sick, Urlaub"


class LayerCalendarQuerySet(models.QuerySet["LayerCalendar"]):
    def in_force(self) -> Self:
        """Those that are read again and again: no drafts, and none whose layer is gone."""
        return self.filter(next_fetch_at__isnull=False)


class LayerCalendar(models.Model):
    """Whom a calendar names in a layer. The last good copy holds until there is a later one.

    It is a draft until a version has its layer, which then has its ``name`` and ``rank``.

    ``shifts``: [start, end, [ids of people]] as instants, disjoint and in order.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="calendars")
    layer = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    rank = models.PositiveIntegerField(default=1, validators=[MaxValueValidator(1000)])
    url = EncryptedTextField(blank=True)  # '' where the file was uploaded
    names = models.JSONField(default=dict)  # a name of the calendar in lower case → id of a person
    body = models.BinaryField(default=bytes)  # compressed by zlib
    shifts = models.JSONField(default=list)
    unknown = models.JSONField(default=list)  # names of whom nobody is known
    etag = models.CharField(max_length=300, blank=True)
    modified = models.CharField(max_length=100, blank=True)  # Last-Modified, as it came
    succeeded_at = models.DateTimeField(null=True, blank=True)
    expanded_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # that it is too old
    next_fetch_at = models.DateTimeField(null=True, blank=True)

    objects = LayerCalendarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "layer"], name="calendar_once_in_a_layer")
        ]
        indexes = [
            models.Index(
                fields=["next_fetch_at"],
                name="calendar_due",
                condition=Q(next_fetch_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.schedule}"

    @property
    def is_fetched(self) -> bool:
        """Whether it has an address, also one that cannot be read here."""
        return bool(self.unreadable_secrets) or bool(self.url)

    @property
    def unreadable_secrets(self) -> list[str]:
        """The fields that were encrypted with a key that is not known here."""
        return unreadable_names(self)


class AbsenceCalendar(models.Model):
    """The calendar of a person: where an absence meets a shift, cover is asked for.

    Only when the absences are is kept: ``absences`` is [key, start, end] with instants, in order.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="absence_calendar"
    )
    url = EncryptedTextField()
    words = models.CharField(max_length=300, blank=True, default=DEFAULT_WORDS)
    absences = models.JSONField(default=list)
    etag = models.CharField(max_length=300, blank=True)
    modified = models.CharField(max_length=100, blank=True)  # Last-Modified, as it came
    read_at = models.DateTimeField(null=True, blank=True)  # as a whole
    succeeded_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # that it is too old
    next_fetch_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["next_fetch_at"], name="absence_calendar_due")]

    def __str__(self) -> str:
        return f"calendar of {self.user}"
