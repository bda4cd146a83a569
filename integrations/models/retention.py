"""Retention of the inbound log and of closed alerts."""

from django.db import models
from django.db.models import Q


class Retention(models.Model):
    """Ages in days after which rows are deleted in small batches; 0 keeps them for ever.

    There is one row. A body is dropped before its message: the log still
    says what became of it, but it can no longer be replayed.
    """

    message_days = models.PositiveIntegerField(
        "messages", default=400, help_text="Rows of the Inbound Log. 0: for ever."
    )
    body_days = models.PositiveIntegerField(
        "bodies", default=90, help_text="What was posted, as it came. 0: as long as the message."
    )
    alert_days = models.PositiveIntegerField(
        "closed alerts", default=400, help_text="With their incidents. 0: for ever."
    )
    audit_days = models.PositiveIntegerField(
        "audit log",
        default=730,
        db_default=730,
        help_text="Who changed what in the configuration. 0: for ever.",
    )

    # Up to here bodies were dropped: the next look begins where the last one ended.
    bodies_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "retention"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="retention_is_one_row")]

    def __str__(self) -> str:
        return "How long what came in is kept"
