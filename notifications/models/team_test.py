"""When the contact methods of a team were last tested at once."""

from django.conf import settings
from django.db import models

from incidents.models import Team


class TeamTest(models.Model):
    """One row for each team that was tested, of the last time."""

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.team} at {self.asked_at}"
