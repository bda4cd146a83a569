"""What a person published on a status page: incidents, maintenance and their updates."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident, User
from notifications.choices import ReportImpact, ReportKind, ReportState
from notifications.models.status_page import StatusPage

ENDS = (ReportState.RESOLVED, ReportState.COMPLETED)


class StatusReportQuerySet(models.QuerySet["StatusReport"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(page__in=StatusPage.objects.visible_to(user))


class StatusReport(models.Model):
    """One incident or maintenance, in words for the public.

    Nothing of the incident behind it is shown: it is only remembered which one that is.
    """

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=11, choices=ReportKind, default=ReportKind.INCIDENT)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=13, choices=ReportState, default=ReportState.INVESTIGATING)
    impact = models.CharField(max_length=11, choices=ReportImpact, default=ReportImpact.MINOR)
    incident = models.ForeignKey(
        Incident, models.SET_NULL, null=True, blank=True, related_name="status_reports"
    )
    # What keeps it up to date, such as an occurrence of a maintenance window; "" for a person.
    source = models.CharField(max_length=80, blank=True, editable=False)
    # Of a maintenance when it is to begin and to end; of an incident when it began.
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = StatusReportQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["page", "source"],
                condition=~Q(source=""),
                name="one_status_report_for_a_source",
            ),
            models.CheckConstraint(
                condition=Q(kind=ReportKind.INCIDENT) | Q(ends_at__gt=models.F("starts_at")),
                name="status_maintenance_ends_after_its_start",
            ),
        ]
        indexes = [
            models.Index(fields=["page", "-starts_at"], name="status_report_of_page"),
            models.Index(fields=["page"], condition=Q(resolved_at=None), name="status_report_open"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("status_report", args=[self.pk])

    @property
    def is_maintenance(self) -> bool:
        return self.kind == ReportKind.MAINTENANCE


class StatusUpdate(models.Model):
    """One thing that was said of a report, and how its components are since then."""

    report = models.ForeignKey(StatusReport, models.CASCADE, related_name="updates")
    state = models.CharField(max_length=13, choices=ReportState)
    body = models.TextField("text", max_length=5000)
    # {id of the component as text: status}; those that are not named are operational.
    effects = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.body[:60]}"
