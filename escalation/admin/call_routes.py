"""Live call routing: numbers that ring whoever is on call."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html

from escalation.models import CallRoute
from incidents.admin.base import EntitledAdmin
from notifications.models.provider import CHANGE


@admin.register(CallRoute)
class CallRouteAdmin(EntitledAdmin):
    entitlement = CHANGE
    list_display = ["name", "number", "provider", "service", "is_enabled"]
    list_select_related = ["provider", "service"]
    search_fields = ["name", "number"]
    autocomplete_fields = ["policy", "service"]
    readonly_fields = ["answer_url", "events_url"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = (
            "A call rings one person after another. Whoever presses 1 is connected, and has the "
            "incident of the call; a mailbox that answers takes no call."
        )
        sets: list[Any] = [
            ("The number", {"fields": ["name", "provider", "number"], "description": about}),
            ("Whom it rings", {"fields": ["schedule", "policy", "ring_seconds"]}),
            ("The call", {"fields": ["greeting", "service", "is_enabled"]}),
        ]
        urls = ("At the provider", {"fields": ["answer_url", "events_url"]})
        return [*sets, urls] if obj else sets

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("call_routes")

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("call_routes")

    @admin.display(description="Webhook of a call")
    def answer_url(self, row: Any) -> str:
        return format_html("<span class='o-address'>{}</span>", row.url)

    @admin.display(description="Event URL (Vonage)")
    def events_url(self, row: Any) -> str:
        return format_html("<span class='o-address'>{}</span>", row.event_url)
