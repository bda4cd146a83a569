"""Incidents that a person has begun to write."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from escalation.models import IncidentDraft
from incidents.models import User

MAX_DRAFTS = 50  # of a person; the oldest goes


def save(user: User, fields: Mapping[str, Any], draft: IncidentDraft | None) -> IncidentDraft:
    """Keep what was typed, in this draft or in a new one."""
    draft = draft or IncidentDraft(user=user)
    draft.fields, draft.saved_at = dict(fields), timezone.now()
    draft.save()
    old = IncidentDraft.objects.filter(user=user).values_list("pk", flat=True)[MAX_DRAFTS:]
    IncidentDraft.objects.filter(pk__in=list(old)).delete()
    return draft
