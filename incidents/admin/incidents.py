"""Incidents and alerts: to find them, and to act on many at once. Their page does the rest."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.decorators import action, display

from incidents import responders
from incidents.actions import respond
from incidents.admin.base import ReadOnlyAdmin, call_each, user_of
from incidents.models import Alert, Incident
from incidents.models.people import RESPOND

STATUS_COLOURS = {
    "open": "danger",
    "acknowledged": "info",
    "on_hold": "warning",
    "resolved": "success",
}


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    actions = ["acknowledge_selected", "resolve_selected"]
    date_hierarchy = "opened_at"
    list_display = [
        "number",
        "shown_title",
        "service",
        "shown_status",
        "severity",
        "assignee",
        "opened_at",
    ]
    list_display_links = ["shown_title"]
    list_filter = ["status", "severity", "urgency", "service"]
    list_select_related = ["service", "assignee"]
    readonly_fields = ["page"]
    search_fields = ["title", "source"]

    def has_respond_permission(self, request: HttpRequest) -> bool:
        # Of each chosen incident it is asked again: whoever is paged may act on that one.
        user = user_of(request)
        return user.has_perm(RESPOND) or not user.is_stakeholder

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, incident: Incident) -> tuple[str, str]:
        return incident.status, incident.get_status_display()

    @admin.display(description="Title", ordering="title")
    def shown_title(self, incident: Incident) -> str:
        return Truncator(incident.title).chars(120)

    @admin.display(description="Number", ordering="pk")
    def number(self, incident: Incident) -> str:
        return f"#{incident.pk}"

    @admin.display(description="Its page")
    def page(self, incident: Incident) -> str:
        return format_html('<a href="{}">{}</a>', incident.get_absolute_url(), incident)

    @action(description="Acknowledge selected incidents", permissions=["respond"])
    def acknowledge_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def acknowledge(row: Any) -> None:
            responders.require_may_act(user_of(request), row)
            respond.acknowledge(row.pk, by=user_of(request), via="admin")

        call_each(self, request, queryset, acknowledge, done="acknowledged")

    @action(description="Resolve selected incidents", permissions=["respond"])
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def resolve(row: Any) -> None:
            responders.require_may_act(user_of(request), row)
            respond.resolve(row.pk, by=user_of(request), via="admin")

        call_each(self, request, queryset, resolve, done="resolved")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = [
        "title",
        "service",
        "severity",
        "count",
        "opened_at",
        "last_seen_at",
        "closed_at",
    ]
    list_filter = ["severity", "service"]
    list_select_related = ["service"]
    search_fields = ["title", "source_name", "dedup_key"]
