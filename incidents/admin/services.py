"""Services. What belongs to upper apps (policy, notices) is added by their own admin."""

from django.contrib import admin

from incidents.admin.base import ReadsVisible, TellsUsage
from incidents.models import Service


@admin.register(Service)
class ServiceAdmin(TellsUsage, ReadsVisible):
    autocomplete_fields = ["team"]
    actions: list = []
    inlines: list = []
    list_display = ["name", "team", "acknowledge_within_minutes", "resolve_within_minutes"]
    list_display += ["archived_at"]
    list_filter = ["team", ("archived_at", admin.EmptyFieldListFilter)]
    list_fullwidth = True
    list_select_related = ["team"]
    search_fields = ["name", "description", "team__name"]
    fieldsets = [
        (None, {"fields": ["name", "description", "team"]}),
        (
            "Service level",
            {
                "fields": ["acknowledge_within_minutes", "resolve_within_minutes"],
                "description": "In minutes from the opening of an incident. Empty: no target.",
            },
        ),
    ]
    warn_unsaved_form = True
