"""Messages that are forwarded to the pager that was used before, and what that answered."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.models.integration import Integration
from integrations.models.message import InboundMessage
from opsportal.lib.encryption import EncryptedJSONField


class ForwardQuerySet(models.QuerySet["Forward"]):
    def open(self) -> Self:
        """Those that have no answer yet, and wait for one."""
        return self.filter(state__in=Forward.OPEN)


class Forward(models.Model):
    """One message as it came, and what the old pager answered to it.

    ``target`` (the path and query that were posted to), ``headers`` and ``body`` are what is
    sent. They are deleted as soon as there is an answer, or none is waited for any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Not forwarded"

    OPEN = (State.WAITING, State.SENDING)

    message = models.OneToOneField(InboundMessage, models.CASCADE, related_name="forward")
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="forwards")
    method = models.CharField(max_length=10)
    request = EncryptedJSONField()  # {"target": …, "headers": {…}}; {} once it is deleted
    body = models.BinaryField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it is tried, or tried again; of one that is being sent, when its worker counts as dead.
    next_attempt_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of HTTP
    is_taken = models.BooleanField(null=True)  # as the answer says it
    answer = models.TextField(blank=True)  # its beginning, secrets covered
    answer_key = models.TextField(blank=True)  # by which the old pager knows the alert
    error = models.TextField(blank=True)  # why there is no answer

    objects = ForwardQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["integration", "id"],
                name="forward_open",
                condition=Q(state__in=["waiting", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"forward of message {self.message_id}"
