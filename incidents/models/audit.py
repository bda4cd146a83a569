"""The audit log: who changed what in the configuration, by what way, before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from auditlog.models import AbstractLogEntry
from django.db import models

from opsportal.lib import audit

AUDIT_TRAIL = "incidents.AuditTrail_View"


class AuditEntry(AbstractLogEntry):
    """A change of one row, written in its transaction. ``changes``: field → [before, after]."""

    additional_data: Any
    via = models.CharField(max_length=200, blank=True)
    part_of = models.CharField(max_length=100, blank=True, db_index=True)

    class Meta(AbstractLogEntry.Meta):
        default_permissions = ()
        ordering = ["-pk"]
        permissions = [("AuditTrail_View", "May see who changed what")]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new row says by whom, and by what way; one that exists stays as it is. Within
        ``written_together`` it waits for the others."""
        if self._state.adding:
            cause = audit.present_cause()
            self.actor_id, self.actor_email = cause.user_id, cause.email or None
            self.via, self.remote_addr = cause.via[:200], cause.address
            self.part_of = (self.additional_data or {}).get("part_of", "")
            self.additional_data = None
            if (waiting := _waiting.get()) is not None:
                waiting.append(self)
                return
        super().save(*args, **kwargs)


_waiting: ContextVar[list[AuditEntry] | None] = ContextVar("waiting_audit_entries", default=None)


@contextmanager
def written_together() -> Iterator[None]:
    """What is changed within it is logged at its end, in one statement.

    It belongs just within a transaction or a savepoint: one that an exception undoes has changed
    nothing, so nothing of it is logged. Within another one it is that which writes.
    """
    outer, rows = _waiting.get(), list[AuditEntry]()
    token = _waiting.set(rows)
    try:
        yield
    finally:
        _waiting.reset(token)
    if outer is None:
        AuditEntry.objects.bulk_create(rows)
    else:
        outer += rows
