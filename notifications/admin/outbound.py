"""Outbound services and ticket systems, with the steps that lead to their credentials."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import StackedInline
from unfold.decorators import action

from incidents.admin.base import EntitledAdmin, PartInline, TellsUsage
from notifications.actions import outbound_settings
from notifications.admin.choosing import choose_channel
from notifications.admin.config_form import ConfigForm
from notifications.models import OutboundMethod, OutboundService
from notifications.models.outbound import ADMINISTER
from notifications.outbound import BaseSystem, all_systems, find_system
from notifications.outbound.placeholders import KNOWN
from opsportal.lib.net.errors import DeliveryError

PARAMETER, DEFAULT = "kind", "http"
HELP = {
    "path": "After the base URL, such as /cases/<ExternalId>.",
    "body": "Placeholders: " + ", ".join(f"<{name}>" for name in KNOWN) + ".",
    "remember_id": "Where in its JSON, such as $.result.id. It becomes <ExternalId>.",
    "remember_url": "Where in its JSON. Shown on the incident; it becomes <ExternalUrl>.",
}
EVENTS = (
    ("on_opened", "on_acknowledged", "on_assigned"),
    ("on_updated", "on_resolved", "on_reopened"),
)


class MethodForm(forms.ModelForm):
    """A method whose placeholders are known, and whose body is of its type."""

    class Meta:
        model = OutboundMethod
        fields = ["name", "verb", "path", "body_type", "headers", "body"]
        # The admin takes them for HTML.
        help_texts = {name: escape(text) for name, text in HELP.items()}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and (problem := outbound_settings.method_problem(found)):
            name, sentence = problem
            self.add_error(name if name in self.fields else None, sentence)
        return found


class MethodInline(PartInline, StackedInline):
    model = OutboundMethod
    form = MethodForm
    fields = [
        "name",
        ("verb", "path"),
        "body_type",
        "body",
        "headers",
        ("remember_id", "remember_url"),
        *EVENTS,
    ]


@admin.register(OutboundMethod)
class OutboundMethodAdmin(EntitledAdmin):
    """Methods as pick-lists of other pages search them; they are changed with their service."""

    entitlement = ADMINISTER
    search_fields = ["name", "service__name"]
    list_display = ["name", "service", "verb", "path"]
    list_select_related = ["service"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(ADMINISTER)


@admin.register(OutboundService)
class OutboundServiceAdmin(TellsUsage, EntitledAdmin):
    form = ConfigForm
    entitlement = ADMINISTER
    actions_submit_line = ["check_settings"]
    autocomplete_fields = ["services"]
    list_display = ["name", "kind", "is_enabled"]
    list_filter = ["kind", "is_enabled"]
    search_fields = ["name"]
    readonly_fields = ["webhook_address"]
    view_on_site = False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        known = {kind: one for kind, one in all_systems().items() if _is_offered(request, one)}
        if request.GET.get(PARAMETER) in all_systems():
            return super().add_view(request, form_url, extra_context)
        title = "Add ticket system: which one?" if "tickets" in request.GET else "Add: which one?"
        return choose_channel(self, request, known, title=title, parameter=PARAMETER)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = ConfigForm.for_owner(_system(request, obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        has_methods = obj is not None and not _system(request, obj).has_tickets
        return [MethodInline] if has_methods else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        system = _system(request, obj)
        settings = ConfigForm.for_owner(system).setting_names(obj)
        about = _steps(system)
        sets: list[Any] = [
            (
                system.label,
                {"fields": ["name", *settings, "services", "is_enabled"], "description": about},
            )
        ]
        if not system.has_tickets:
            return [*sets, ("Used by", {"fields": ["usage"]})] if obj else sets
        from_here = ["creates", "sends_comments"]
        to_here = ["acknowledges", "resolves", "reopens", "takes_comments"]
        if not system.has_progress:
            to_here.remove("acknowledges")
        if obj:
            to_here.insert(0, "webhook_address")
        sets += [
            ("From here to there", {"fields": from_here}),
            ("From there to here", {"fields": to_here}),
        ]
        return [*sets, ("Used by", {"fields": ["usage"]})] if obj else sets

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.config = form.cleaned_data["config"]
        if change:
            outbound_settings.forget_account(obj)
        else:
            obj.kind = request.GET.get(PARAMETER, DEFAULT)
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)

    @action(description="Save and check", permissions=["change"])
    def check_settings(self, request: HttpRequest, obj: Any) -> None:
        try:
            self.message_user(request, outbound_settings.check(obj), messages.SUCCESS)
        except DeliveryError as error:
            self.message_user(request, str(error), messages.ERROR)

    @admin.display(description="Address for its webhook")
    def webhook_address(self, row: Any) -> str:
        address = outbound_settings.webhook_url(row)
        return format_html("<span class='o-address'>{}</span>", address)


def _is_offered(request: HttpRequest, system: BaseSystem) -> bool:
    """The list of tickets adds ticket systems, that of services the others; else all are shown."""
    if "tickets" in request.GET:
        return system.has_tickets
    return not system.has_tickets if "services" in request.GET else True


def _system(request: HttpRequest, row: Any) -> BaseSystem:
    """The module of a row, or of what the address of a new one names."""
    kind = row.kind if row is not None else request.GET.get(PARAMETER, DEFAULT)
    return find_system(kind) or all_systems()[DEFAULT]


def _steps(system: BaseSystem) -> SafeString:
    items = format_html_join("", "<li>{}</li>", ((step,) for step in system.steps))
    return format_html("<ol class='o-guide'>{}</ol>", items)
