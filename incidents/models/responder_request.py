"""Who was asked by name to respond, and what they said."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.choices import RequestAnswer
from incidents.models.incident import Incident


class ResponderRequest(models.Model):
    """A person who was asked to respond to an incident, beside whoever the policy tells."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="responder_requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="responder_requests"
    )
    message = models.CharField(max_length=500, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    answer = models.CharField(max_length=8, choices=RequestAnswer, default=RequestAnswer.PENDING)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "user"], name="asked_once_for_an_incident")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_answer_display()}"
