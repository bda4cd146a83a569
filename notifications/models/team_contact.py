"""Addresses of a team itself, such as a shared telephone: told one after another."""

from django.core.validators import MaxValueValidator
from django.db import models

from incidents.models import Team
from notifications.models.shared_channel import SharedChannel
from opsportal.lib.audit import AuditedPart

MAX_WAIT_MINUTES = 1440


class TeamContact(AuditedPart, models.Model):
    """One of them. Where a step names the team it is told beside the members, after its wait and
    the waits of those before it, unless somebody has the incident by then."""

    whole = "team"

    team = models.ForeignKey(Team, models.CASCADE, related_name="contacts")
    position = models.PositiveSmallIntegerField(default=0)
    shared_channel = models.ForeignKey(SharedChannel, models.CASCADE, related_name="team_contacts")
    wait_minutes = models.PositiveSmallIntegerField(
        "wait",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MAX_WAIT_MINUTES)],
        help_text="Minutes after the one before it; of the first, after the step.",
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "contact method of the team"
        verbose_name_plural = "contact methods of the team"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "shared_channel"], name="team_contact_once_in_a_team"
            )
        ]

    def __str__(self) -> str:
        after = f", {self.wait_minutes} min later" if self.wait_minutes else ""
        return f"{self.shared_channel}{after}"
