"""Maintenance windows."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from incidents.models import Service, User
from integrations.models.integration import Integration
from notifications.models import StatusPage

MANAGE = "integrations.change_maintenancewindow"


class MaintenanceWindowQuerySet(models.QuerySet["MaintenanceWindow"]):
    def visible_to(self, user: User) -> Self:
        """Who manages windows sees all; others what is for everything or for their services."""
        if user.has_perm(MANAGE):
            return self
        # Whoever is in a team is told why it is quiet, with a role or without.
        services = Service.objects.visible_to(user) | Service.objects.of_teams_of(user)
        theirs = Q(services__in=services) | Q(integrations__service__in=services)
        # A subquery: a join would show one window several times.
        return self.filter(Q(is_for_all=True) | Q(pk__in=MaintenanceWindow.objects.filter(theirs)))


class MaintenanceWindow(models.Model):
    """Alerts that come in meanwhile are suppressed; what is open at its end pages.

    ``starts_at`` and ``ends_at`` are the first occurrence; a recurring window repeats it at the
    same wall-clock time in ``time_zone`` until ``until``. Without integrations and services it
    would be for everything, which has to be said: ``is_for_all``.
    """

    class Recurrence(models.TextChoices):
        ONCE = "once", "Once"
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        MONTHLY = "monthly", "Monthly"

    name = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    integrations = models.ManyToManyField(Integration, blank=True, related_name="windows")
    services = models.ManyToManyField(Service, blank=True, related_name="windows")
    is_for_all = models.BooleanField("everything", default=False)
    # Further rows over the fields of an event (integrations/maintenance/rules.py), all to hold.
    conditions = models.JSONField(default=list, blank=True)
    # What the public reads of it; its name and note are for colleagues.
    status_pages = models.ManyToManyField(
        StatusPage,
        blank=True,
        related_name="windows",
        verbose_name="show on status pages",
    )
    public_title = models.CharField(
        "public title", max_length=200, blank=True, default="", db_default=""
    )
    public_text = models.TextField(
        "public text", max_length=5000, blank=True, default="", db_default=""
    )
    recurrence = models.CharField(max_length=7, choices=Recurrence, default=Recurrence.ONCE)
    weekdays = models.JSONField(default=list, blank=True)  # "mon" to "sun", for weekly
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    # Ended early: the occurrences that had begun by then are over. Of a series, the others come.
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MaintenanceWindowQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="window_ends_after_its_start",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("window", args=[self.pk])

    @classmethod
    def editable_names(cls) -> list[str]:
        """Its columns and relations that people set; the actions, the API and the form use them."""
        fields = (*cls._meta.concrete_fields, *cls._meta.many_to_many)
        return [field.name for field in fields if field.editable and not field.primary_key]

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "It must end after it starts."})
