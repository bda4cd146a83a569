"""Where people meet to talk about an incident."""

from django.db import models
from django.db.models import Q


class ConferenceBridge(models.Model):
    """A conference: a telephone number with its access code, or the address of a meeting."""

    name = models.CharField(max_length=150, unique=True)
    telephone_number = models.CharField(max_length=40, blank=True)
    access_code = models.CharField(max_length=40, blank=True)
    meeting_url = models.URLField(max_length=500, blank=True)

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
