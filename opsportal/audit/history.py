"""The page *History*: the changes of one row and of its parts, the latest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from incidents.models import AuditEntry
from incidents.models.audit import AUDIT_TRAIL
from incidents.views.base import SignedInRequest, requires
from opsportal.lib import pages

PAGE_SIZE = 50
SHORT_CHARS = 120
ACTIONS = {
    0: ("green", "add", "Added"),
    1: ("blue", "edit", "Changed"),
    2: ("red", "delete", "Deleted"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after, as text; what is long is folded."""

    field: str
    before: str
    after: str

    @property
    def is_long(self) -> bool:
        """Whether it is more than a line."""
        return len(self.before) + len(self.after) > SHORT_CHARS


@requires(AUDIT_TRAIL)
@require_safe
def history(request: SignedInRequest, label: str, pk: int) -> HttpResponse:
    """Of a row that the person may see, or that is gone."""
    model = _model_of(label)
    row = model._default_manager.filter(pk=pk).first()
    rows: Any = model._default_manager.all()
    if row is not None and hasattr(rows, "visible_to"):
        row = rows.visible_to(request.user).filter(pk=pk).first()
        if row is None:
            raise Http404
    page = pages.paginate(request, entries_of(model, pk), PAGE_SIZE)
    context = {
        "title": f"History of {row}" if row else f"History of {model._meta.verbose_name} {pk}",
        "row": row,
        "url": getattr(row, "get_absolute_url", str)(),
        "entries": [(one, ACTIONS[one.action], list(changes_of(one))) for one in page.object_list],
        "page": page,
    }
    return pages.render_page(request, "opsportal/history.html", context)


def _model_of(label: str) -> type[Model]:
    """Raises Http404 for what is no table that is logged."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise Http404 from error
    if not auditlog.contains(model):
        raise Http404
    return model


def entries_of(model: type[Model], pk: int) -> QuerySet[AuditEntry]:
    """The entries of a row and of its parts."""
    own = Q(content_type=ContentType.objects.get_for_model(model), object_id=pk)
    parts = Q(part_of=f"{model._meta.label_lower}:{pk}")
    found: QuerySet[AuditEntry] = AuditEntry.objects.filter(own | parts)
    return found.select_related("actor", "content_type").order_by("-pk")


def changes_of(entry: AuditEntry) -> Iterator[Change]:
    """What changed, field by field, without what was empty and is."""
    for field, value in sorted((entry.changes or {}).items()):
        if isinstance(value, dict):  # A relation to many: who came, or who left.
            names = ", ".join(value["objects"])
            is_added = value["operation"] == "add"
            yield Change(field, "" if is_added else names, names if is_added else "")
        else:
            before, after = map(_text, value)
            if before != after:
                yield Change(field, before, after)


def _text(value: Any) -> str:
    if value in (None, "None", "", [], {}):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
