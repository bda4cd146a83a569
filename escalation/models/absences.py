"""Who is out of office, and who covers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from escalation.models.schedules import CancellableQuerySet
from incidents.models import Team
from opsportal.lib.audit import AuditedPart


class Absence(AuditedPart, models.Model):
    """Out of office: the cover takes the person's place wherever a schedule names them."""

    whole = "user"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: away from everything.",
    )
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="covers",
        help_text="Empty: nobody else is paged, and the person stays on call.",
    )
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    source_id = models.CharField(max_length=200, blank=True, editable=False)

    objects = CancellableQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = "out of office"
        verbose_name_plural = "out of office"
        indexes = [models.Index(fields=["ends_at"], name="absence_ends")]
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="nobody_covers_for_themselves",
                condition=Q(cover=None) | ~Q(cover=F("user")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is away from {self.starts_at:%Y-%m-%d %H:%M}"
