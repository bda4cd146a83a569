"""What is being operated."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from incidents.choices import Severity, SlaClock, Urgency, UrgencyRule
from incidents.holidays import holidays_of, problem_of
from incidents.models.people import User, validate_time_zone
from incidents.models.teams import Team
from incidents.sla_targets import Row, checked_targets, checked_warnings, target_row
from incidents.support_hours import SupportHours, checked_rows

# How long an acknowledgement may hold before it expires: 5 minutes to 4 days.
MIN_EXPIRY_MINUTES, MAX_EXPIRY_MINUTES = 5, 4 * 24 * 60
EXPIRY_LIMITS = [MinValueValidator(MIN_EXPIRY_MINUTES), MaxValueValidator(MAX_EXPIRY_MINUTES)]
MAX_AUTO_RESOLVE_MINUTES = 90 * 24 * 60


def default_warnings() -> list[Row]:
    """15 minutes before the time to resolve is over, and 5 before that to acknowledge."""
    return [
        {"target": "resolve", "minutes": 15, "percent": None},
        {"target": "acknowledge", "minutes": 5, "percent": None},
    ]


def check_sla_targets(rows: Any) -> None:
    """Raises ValidationError for what is no list of targets."""
    _check(checked_targets, rows)


def check_sla_warnings(rows: Any) -> None:
    """Raises ValidationError for what is no list of warnings."""
    _check(checked_warnings, rows)


def _check(checked: Callable[[Any], object], rows: Any) -> None:
    try:
        checked(rows)
    except ValueError as error:
        raise ValidationError(str(error)) from error


PLAIN_RULES = [row for row in UrgencyRule.choices if row[0] != UrgencyRule.BY_HOURS]


ALWAYS = SupportHours.from_rows([], "UTC")


def default_urgent() -> list[str]:
    """The severities that wake people unless a service says otherwise."""
    return [Severity.CRITICAL.value, Severity.ERROR.value]


def check_severities(names: Any) -> None:
    """Raises ValidationError for what is no list of severities."""
    if not isinstance(names, list) or any(name not in Severity.values for name in names):
        raise ValidationError(f"Write some of {', '.join(Severity.values)}.")


def check_support_hours(rows: Any) -> None:
    """Raises ValidationError for what is no table of hours."""
    _check(checked_rows, rows)


class ServiceQuerySet(models.QuerySet["Service"]):
    def active(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at=None)

    def of_teams_of(self, user: User) -> Self:
        """What the teams answer for that the person is in."""
        return self.filter(team__in=user.teams.values("pk"))

    def visible_to(self, user: User) -> Self:
        """The one place that says who may see which service: who may change all sees them, too;
        others, who have a role, those of their teams.
        """
        if user.has_perm("incidents.Messages_View_GlobalAccess") or user.has_perm(
            "incidents.change_service"
        ):
            return self
        if not user.has_perm("incidents.view_service"):
            return self.none()
        return self.of_teams_of(user)


class Service(models.Model):
    """Something that can break, and the team that answers for it."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        help_text="Its members see the incidents of this service.",
    )
    acknowledge_within_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="SLA: how soon somebody must take an incident."
    )
    resolve_within_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="SLA: how soon an incident must be over."
    )
    sla_targets = models.JSONField(
        "targets by severity and priority",
        default=list,
        db_default=[],
        blank=True,
        validators=[check_sla_targets],
        help_text="The first that fits holds; the two above hold where none does.",
    )
    sla_clock = models.CharField(
        "its clock runs",
        max_length=13,
        choices=SlaClock,
        default=SlaClock.ALWAYS,
        db_default=SlaClock.ALWAYS,
    )
    sla_pauses_on_hold = models.BooleanField(
        "the time to resolve stands still on hold", default=True, db_default=True
    )
    sla_warnings = models.JSONField(
        "warnings",
        default=default_warnings,
        db_default=default_warnings(),
        blank=True,
        validators=[check_sla_warnings],
    )
    acknowledgement_expires_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=EXPIRY_LIMITS,
        help_text="After so many minutes without a resolution it pages again. Empty: as the "
        "policy says.",
    )
    auto_resolve_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(MAX_AUTO_RESOLVE_MINUTES)],
        help_text="Resolved by itself after so many minutes in which no sender reports it and "
        "nobody does anything with it. Empty: never. Holds for incidents that open from now on.",
    )
    support_hours = models.JSONField(
        default=list, db_default=[], blank=True, validators=[check_support_hours]
    )
    support_time_zone = models.CharField(
        max_length=64, default="UTC", db_default="UTC", blank=True, validators=[validate_time_zone]
    )
    holidays_country = models.CharField(
        max_length=2,
        blank=True,
        default="",
        db_default="",
        help_text="On its holidays it is not attended. Two letters; empty: no holidays.",
    )
    holidays_subdivision = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="A part of the country."
    )
    urgency_rule = models.CharField(
        "urgency",
        max_length=11,
        choices=UrgencyRule,
        default=UrgencyRule.BY_SEVERITY,
        db_default=UrgencyRule.BY_SEVERITY,
        help_text="Found when an incident opens, and when its severity rises.",
    )
    urgent_severities = models.JSONField(
        "severities of high urgency",
        default=default_urgent,
        db_default=[Severity.CRITICAL.value, Severity.ERROR.value],
        blank=True,
        validators=[check_severities],
    )
    urgency_inside = models.CharField(
        "within support hours",
        max_length=11,
        choices=PLAIN_RULES,
        default=UrgencyRule.BY_SEVERITY,
        db_default=UrgencyRule.BY_SEVERITY,
        help_text="Where the urgency is found by the support hours.",
    )
    urgency_outside = models.CharField(
        "outside of support hours",
        max_length=11,
        choices=PLAIN_RULES,
        default=UrgencyRule.LOW,
        db_default=UrgencyRule.LOW,
        help_text="Where the urgency is found by the support hours.",
    )
    raise_at_opening = models.BooleanField(
        "low urgency becomes high when the support hours begin",
        default=False,
        db_default=False,
        help_text="For incidents that opened outside of them and are still open.",
    )
    archived_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Its history is kept; nothing is opened."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("service", args=[self.pk])

    def clean(self) -> None:
        rows = self.support_hours
        field, text = problem_of(self.holidays_country, self.holidays_subdivision, rows)
        if text:
            raise ValidationError({field: text})

    @property
    def hours(self) -> SupportHours:
        """When it is attended."""
        holidays = self._holidays if self.support_hours else frozenset()
        return SupportHours.from_rows(self.support_hours, self.support_time_zone, holidays)

    @cached_property
    def _holidays(self) -> frozenset[date]:
        return holidays_of(self.holidays_country, self.holidays_subdivision)

    def urgency_for(self, severity: str, at: datetime) -> Urgency:
        """The urgency of an incident of this severity that opens, or becomes as bad, at ``at``."""
        rule = self.urgency_rule
        if rule == UrgencyRule.BY_HOURS:
            rule = self.urgency_inside if self.hours.is_open(at) else self.urgency_outside
        if rule == UrgencyRule.BY_SEVERITY:
            return Urgency.HIGH if severity in self.urgent_severities else Urgency.LOW
        return Urgency(rule)

    @property
    def sla_rows(self) -> list[Row]:
        """Its targets, the first that fits holds."""
        acknowledge, resolve = self.acknowledge_within_minutes, self.resolve_within_minutes
        always = [target_row(acknowledge, resolve)] if acknowledge or resolve else []
        return [*self.sla_targets, *always]

    @property
    def sla_hours(self) -> SupportHours:
        """When the clocks of its service level run."""
        if self.sla_clock == SlaClock.SUPPORT_HOURS:
            return self.hours
        return ALWAYS
