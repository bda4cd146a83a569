"""Hand-overs from one shift to the next, and the notes that go with them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from escalation.models.schedules import Override, Schedule
from incidents.models import User


class HandOverQuerySet(models.QuerySet["HandOver"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(schedule__in=Schedule.objects.visible_to(user))


class HandOver(models.Model):
    """Some people relieve others at a time. The row is the timer of the notice, and the note."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="hand_overs")
    at = models.DateTimeField()
    began_at = models.DateTimeField()  # of the shift that ends
    outgoing = models.JSONField(default=list)  # ids of people, as in incoming
    incoming = models.JSONField(default=list)
    note = models.TextField(blank=True, max_length=10_000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)  # when its notice was sent, or dropped
    # By which whoever hands over stays on call until it is confirmed.
    overlap = models.ForeignKey(
        Override, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = HandOverQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "at"], name="hand_over_once_at_a_time")
        ]
        indexes = [models.Index(fields=["at"], name="hand_over_due", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.schedule}, {self.at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("hand_over", args=[self.pk])


class HandOverConfirmation(models.Model):
    """Somebody who takes over was asked to confirm it. ``due_at`` is the timer of what follows
    where they do not; ``missed_at``: when that was."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="confirmations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="hand_over_confirmations"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hand_over", "user"], name="confirmation_once_of_a_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="confirmation_due", condition=Q(due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} confirms {self.hand_over}"
