"""What the admin pages of all apps share: permission by entitlement, and who uses what."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from incidents.admin.usage import used_by
from incidents.errors import DomainError
from incidents.models import User
from incidents.models.audit import AUDIT_TRAIL
from incidents.ranking import order_by_rank

LINK = '<li><a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a></li>'


class VisibleFilter(admin.RelatedFieldListFilter):
    """Offers only the rows that the user may see, since names are data, too."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: ModelAdmin) -> Any:
        mine = field.remote_field.model.objects.visible_to(request.user)
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": mine.values("pk")},
        )


class RankedSearch(ModelAdmin):
    """What is typed into a pick-list of other pages finds what it names before what holds it."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        rows, may_repeat = super().get_search_results(request, queryset, search_term)
        match = request.resolver_match
        if match is not None and match.url_name == "autocomplete":
            fields = [name for name in self.get_search_fields(request) if name[0] not in "=^@"]
            rows = order_by_rank(rows, search_term, fields)
        return rows, may_repeat


class ReadsVisible(RankedSearch):
    """Lists only what the person may see."""

    formfield_overrides: dict[Any, dict[str, Any]] = {
        models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget}
    }

    class Media:
        css = {"all": ["configure.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.model.objects.all()
        if hasattr(rows, "visible_to"):
            rows = rows.visible_to(request.user)
        if rows.query.distinct:  # Which an annotated list could not be grouped beside.
            rows = self.model.objects.filter(pk__in=rows.values("pk"))
        return rows.order_by(*self.get_ordering(request) or rows.model._meta.ordering)

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [self._of_visible(one) for one in super().get_list_filter(request)]

    def _of_visible(self, one: Any) -> Any:
        field = self.opts.get_field(one) if isinstance(one, str) else None
        rows = getattr(field and field.related_model, "objects", None)
        return (one, VisibleFilter) if hasattr(rows, "visible_to") else one


class EntitledAdmin(ReadsVisible):
    """Guarded by a named entitlement in place of Django's four permissions for each model."""

    entitlement = ""
    view_entitlement = ""
    list_fullwidth = True
    warn_unsaved_form = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        needed = self.view_entitlement or self.entitlement
        return request.user.has_perm(needed) or self.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.entitlement)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self.entitlement)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self.entitlement)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The audit log, where it watches the table and the person may see it; else Django's."""
        if not auditlog.contains(self.model) or not request.user.has_perm(AUDIT_TRAIL):
            return super().history_view(request, object_id, extra_context)
        return redirect("history", self.opts.label_lower, object_id)


class ReadOnlyAdmin(ReadsVisible):
    """What the machine writes: to find and to inspect, not to type into."""

    list_fullwidth = True
    paginator = InfinitePaginator  # It does not count: these tables grow for ever.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PartInline(InlineModelAdmin):
    """A part of a whole: whoever may change the whole may change it."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._whole().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj)

    def _may_change(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None or obj.pk is None:
            return self._whole().has_add_permission(request)
        return self._whole().has_change_permission(request, obj)

    def _whole(self) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)


def user_of(request: HttpRequest) -> User:
    """The user of a request to the admin, which anonymous users never reach."""
    assert isinstance(request.user, User)
    return request.user


# Who reads the page that this thread makes: an admin is one object for all of them.
_READER: ContextVar[User] = ContextVar("reader")


class TellsUsage(ModelAdmin):
    """Shows what uses the row, with links, as the read-only field ``usage``."""

    usage_classes: list[str] = []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        _READER.set(user_of(request))
        return [*super().get_readonly_fields(request, obj), "usage"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = list(super().get_fieldsets(request, obj))
        if obj is None or any("usage" in options["fields"] for _, options in sets):
            return sets
        return [*sets, ("Used by", {"fields": ["usage"], "classes": self.usage_classes})]

    @property
    def reader(self) -> User:
        """Who reads the page."""
        return _READER.get()

    @admin.display(description="Used by")
    def usage(self, obj: Any) -> str:
        links = used_by(obj, self.reader)
        rows = format_html_join("", LINK, ((url, text) for text, url in links))
        return format_html('<ul class="usage">{}</ul>', rows) if links else "Not used yet."


def call_each(
    model_admin: ModelAdmin,
    request: HttpRequest,
    rows: Iterable[Any],
    action: Callable[[Any], Any],
    *,
    done: str,
) -> None:
    """Call the action for each row; a refusal becomes a message, and the others go on."""
    changed = 0
    for row in rows:
        try:
            action(row)
            changed += 1
        except DomainError as refusal:
            model_admin.message_user(request, f"{row}: {refusal}", messages.WARNING)
    if changed:
        model_admin.message_user(request, f"{changed} {done}.", messages.SUCCESS)
