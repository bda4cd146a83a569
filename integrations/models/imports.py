"""Imports from other pagers: what was uploaded, what was chosen, and what became of each object."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from incidents.models import User
from opsportal.lib.encryption import EncryptedJSONField, EncryptedTextField

IMPORT = "integrations.Import_GlobalAccess"
INTERRUPTED_AFTER = timedelta(minutes=3)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> Self:
        """All, for who may import: a run shows everybody's addresses."""
        return self if user.has_perm(IMPORT) else self.none()


class ImportRun(models.Model):
    """One upload, or one fetch, from another pager. Its files may hold keys: they are encrypted,
    and no report shows them."""

    class State(models.TextChoices):
        FETCHING = "fetching", "Reading the other pager"
        PLANNED = "planned", "Planned"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        FAILED = "failed", "Failed"

    source = models.CharField(max_length=40)
    name = models.CharField(max_length=200, help_text="The file, or the address that was read.")
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    # As integrations.importers.files.Files, once they are read.
    files: "models.Field[Any, Any]" = EncryptedJSONField(default=dict)
    key = EncryptedTextField(blank=True, help_text="Only until the other pager has been read.")
    choices = models.JSONField(default=dict, blank=True)
    turns = models.JSONField(default=dict, blank=True)  # as integrations.importers.fitting
    report = models.JSONField(default=list, blank=True)  # rows, as setup/imports/report.py
    proof = models.JSONField(default=list, blank=True)
    message = models.TextField(blank=True, help_text="How far it is, or why it failed.")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    worked_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        permissions = [("Import_GlobalAccess", "May import from another pager")]

    def __str__(self) -> str:
        return f"{self.source}: {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("import_run", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        """Whether it is read or applied now; what has not moved for minutes was interrupted."""
        is_busy = self.state in (self.State.FETCHING, self.State.APPLYING)
        return is_busy and self.worked_at > timezone.now() - INTERRUPTED_AFTER


class ImportedObject(models.Model):
    """What an object of another pager has become here. Found by its id there, never by its name."""

    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    source_id = models.CharField(max_length=300)
    name = models.CharField(max_length=200, blank=True)
    object_id = models.BigIntegerField()  # of the table that the kind names
    is_joined = models.BooleanField(default=False, help_text="It was here before.")
    fingerprint = models.CharField(max_length=64)  # of what the source said
    state = models.CharField(max_length=64)  # the fingerprint of ours as the import left it
    imported_at = models.DateTimeField(default=timezone.now)
    run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind", "source_id"], name="imported_once_from_a_source"
            )
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="imported_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} of {self.source}"
