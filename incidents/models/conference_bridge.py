"""Where people meet to talk about an incident."""

from typing import Self

from django.db import models
from django.db.models import Q

from incidents.models.people import User


class ConferenceBridgeQuerySet(models.QuerySet["ConferenceBridge"]):
    def visible_to(self, user: User) -> Self:
        """For whoever has a role: a bridge shows its access code."""
        return self if user.has_perm("incidents.view_conferencebridge") else self.none()


class ConferenceBridge(models.Model):
    """A conference: a telephone number with its access code, or the address of a meeting."""

    name = models.CharField(max_length=150, unique=True)
    telephone_number = models.CharField(max_length=40, blank=True)
    access_code = models.CharField(max_length=40, blank=True)
    meeting_url = models.URLField(max_length=500, blank=True)

    objects = ConferenceBridgeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [("Bridge_Maintenance", "May add, change and delete bridges")]
        constraints = [
            models.CheckConstraint(
                name="bridge_has_a_number_or_an_address",
                condition=~Q(telephone_number="") | ~Q(meeting_url=""),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        """What is copied onto an incident: the number with its code, and the address."""
        code = f", code {self.access_code}" if self.access_code else ""
        number = f"{self.telephone_number}{code}" if self.telephone_number else ""
        return " · ".join(filter(None, [number, self.meeting_url]))
