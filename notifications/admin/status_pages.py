"""Status pages with their components, the templates of texts, and who subscribed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminURLInputWidget

from incidents.admin.base import EntitledAdmin, PartInline, user_of
from incidents.models import Service
from notifications.models import StatusComponent, StatusPage, StatusSubscriber, StatusTemplate
from notifications.models.status_page import MANAGE, VIEW
from notifications.status_pages.actions.publish import touch

COMPONENTS = (
    "Below are its components: what customers use, under the names that they know. Those with the "
    "same group stand together. The service is not shown: it only proposes its component when one "
    "of its incidents is published."
)


class ComponentInline(PartInline, TabularInline):
    model = StatusComponent
    fields = ["position", "name", "group", "description", "service"]
    hide_title = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 3

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "service":
            kwargs["queryset"] = Service.objects.visible_to(user_of(request)).active()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(StatusPage)
class StatusPageAdmin(EntitledAdmin):
    entitlement = MANAGE
    view_entitlement = VIEW
    inlines = [ComponentInline]
    list_display = ["name", "slug", "domain", "is_published"]
    search_fields = ["name", "domain"]
    prepopulated_fields = {"slug": ["name"]}
    view_on_site = False
    formfield_overrides = {
        **EntitledAdmin.formfield_overrides,
        URLField: {"assume_scheme": "https", "widget": UnfoldAdminURLInputWidget},
    }
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "slug", "domain", "logo_text", "about", "support_url"],
                "description": COMPONENTS,
            },
        ),
        ("Times and subscriptions", {"fields": ["time_zone", "takes_mail", "takes_webhooks"]}),
    ]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        touch(form.instance)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)


@admin.register(StatusTemplate)
class StatusTemplateAdmin(EntitledAdmin):
    entitlement = MANAGE
    view_entitlement = VIEW
    list_display = ["name", "kind", "state", "impact"]
    list_filter = ["kind"]
    search_fields = ["name", "title", "body"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "kind", "title", "state", "impact", "body"],
                "description": "Offered beside the form of a new incident or maintenance, and of "
                "each update.",
            },
        )
    ]


@admin.register(StatusSubscriber)
class StatusSubscriberAdmin(EntitledAdmin):
    """To look and to delete: whoever subscribes does it on the page."""

    entitlement = MANAGE
    list_display = ["address", "page", "channel", "confirmed_at", "asked_at"]
    list_filter = ["page", "channel"]
    list_select_related = ["page"]
    fields = ["address", "page", "channel", "confirmed_at", "asked_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(confirmed_at__isnull=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
