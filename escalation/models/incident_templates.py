"""What incidents that are opened by hand begin with."""

from typing import Any, Self

from django.db import models
from django.utils import timezone

from escalation.models.policies import Policy
from incidents.choices import Priority, Severity
from incidents.models import Service, Topic, User


class IncidentTemplateQuerySet(models.QuerySet["IncidentTemplate"]):
    def visible_to(self, user: User) -> Self:
        """Those who open incidents, or change templates."""
        may_open = user.has_perm("incidents.Messages_Send_GlobalAccess")
        if may_open or user.has_perm("incidents.Template_Maintenance"):
            return self
        return self.none()


class IncidentTemplate(models.Model):
    """The form of a new incident, filled in."""

    name = models.CharField(max_length=150, unique=True)
    title = models.CharField(max_length=300, blank=True)
    description = models.TextField("details", blank=True)
    service = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, related_name="incident_templates"
    )
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.CRITICAL)
    priority = models.CharField(max_length=2, choices=Priority, blank=True)
    policy = models.ForeignKey(
        Policy,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="incident_templates",
        help_text="Empty: the policy of the service.",
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="incident_templates")
    tags = models.JSONField(default=list, blank=True, help_text='Such as ["database", "eu"].')
    custom_fields = models.JSONField(
        default=dict, blank=True, help_text='By key, such as {"region": "EU"}.'
    )
    is_private = models.BooleanField("private", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = IncidentTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def fields(self) -> dict[str, Any]:
        """What it says of a new incident, without what it leaves open."""
        names = ("title", "description", "service", "severity", "priority", "policy", "tags")
        said = {name: getattr(self, name) for name in (*names, "custom_fields", "is_private")}
        said["topics"] = list(self.topics.all())
        return {name: value for name, value in said.items() if value}
