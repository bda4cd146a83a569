"""What the admin pages of all apps share: permission by entitlement, and who uses what."""

from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.db import models
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from incidents.admin.usage import used_by
from incidents.errors import DomainError

LINK = '<li><a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a></li>'


class VisibleFilter(admin.RelatedFieldListFilter):
    """Offers only the rows that the person may see: names tell something, too."""

    def field_choices(self, field, request, model_admin):
        mine = field.remote_field.model.objects.visible_to(request.user)
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": mine.values("pk")},
        )


class ReadsVisible(ModelAdmin):
    """Lists only what the person may see."""

    formfield_overrides = {models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget}}

    class Media:
        css = {"all": ["configure.css"]}

    def get_queryset(self, request):
        rows = self.model.objects.all()
        if hasattr(rows, "visible_to"):
            rows = rows.visible_to(request.user)
        if rows.query.distinct:  # Which an annotated list could not be grouped beside.
            rows = self.model.objects.filter(pk__in=rows.values("pk"))
        return rows.order_by(*self.get_ordering(request) or rows.model._meta.ordering)

    def get_list_filter(self, request):
        return [self._of_visible(one) for one in super().get_list_filter(request)]

    def _of_visible(self, one):
        field = self.opts.get_field(one) if isinstance(one, str) else None
        rows = getattr(field and field.related_model, "objects", None)
        return (one, VisibleFilter) if hasattr(rows, "visible_to") else one


class EntitledAdmin(ReadsVisible):
    """Guarded by a named entitlement in place of Django's four permissions for each model."""

    entitlement = ""
    view_entitlement = ""
    list_fullwidth = True
    warn_unsaved_form = True

    def has_view_permission(self, request, obj=None):
        needed = self.view_entitlement or self.entitlement
        return request.user.has_perm(needed) or self.has_change_permission(request, obj)

    def has_add_permission(self, request):
        return request.user.has_perm(self.entitlement)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(self.entitlement)

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm(self.entitlement)

    def has_module_permission(self, request):
        return self.has_view_permission(request)


class ReadOnlyAdmin(ReadsVisible):
    """What the machine writes: to find and to inspect, not to type into."""

    list_fullwidth = True
    paginator = InfinitePaginator  # It does not count: these tables grow for ever.
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PartInline(InlineModelAdmin):
    """A part of a whole: whoever may change the whole may change it."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return self._whole().has_view_permission(request, obj)

    def has_add_permission(self, request, obj=None):
        return self._may_change(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._may_change(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may_change(request, obj)

    def _may_change(self, request, obj):
        if obj is None or obj.pk is None:
            return self._whole().has_add_permission(request)
        return self._whole().has_change_permission(request, obj)

    def _whole(self):
        return self.admin_site.get_model_admin(self.parent_model)


class TellsUsage(ModelAdmin):
    """Shows what uses the row, with links, as the read-only field ``usage``."""

    usage_classes: list[str] = []

    def get_readonly_fields(self, request, obj=None):
        self._user = request.user
        return [*super().get_readonly_fields(request, obj), "usage"]

    def get_fieldsets(self, request, obj=None):
        sets = list(super().get_fieldsets(request, obj))
        if obj is None or any("usage" in options["fields"] for _, options in sets):
            return sets
        return [*sets, ("Used by", {"fields": ["usage"], "classes": self.usage_classes})]

    @admin.display(description="Used by")
    def usage(self, obj):
        links = used_by(obj, self._user)
        rows = format_html_join("", LINK, ((url, text) for text, url in links))
        return format_html('<ul class="usage">{}</ul>', rows) if links else "Not used yet."


def call_each(model_admin, request, rows, verb, *, done):
    """Call a verb for each row; a refusal becomes a message, and holds nobody up."""
    changed = 0
    for row in rows:
        try:
            verb(row)
            changed += 1
        except DomainError as refusal:
            model_admin.message_user(request, f"{row}: {refusal}", messages.WARNING)
    if changed:
        model_admin.message_user(request, f"{changed} {done}.", messages.SUCCESS)
