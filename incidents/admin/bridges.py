"""Conferences to meet in."""

from django.contrib import admin
from django.db.models import URLField
from unfold.widgets import UnfoldAdminURLInputWidget

from incidents.admin.base import EntitledAdmin
from incidents.models import ConferenceBridge


@admin.register(ConferenceBridge)
class BridgeAdmin(EntitledAdmin):
    entitlement = "incidents.Bridge_Maintenance"
    view_entitlement = "incidents.view_conferencebridge"
    list_display = ["name", "telephone_number", "access_code", "meeting_url"]
    search_fields = ["name", "telephone_number", "meeting_url"]
    formfield_overrides = {
        **EntitledAdmin.formfield_overrides,
        URLField: {"assume_scheme": "https", "widget": UnfoldAdminURLInputWidget},
    }
    fieldsets = [
        (None, {"fields": ["name"]}),
        (
            "Conference bridge",
            {
                "fields": ["telephone_number", "access_code", "meeting_url"],
                "description": "A telephone number with its access code, the address of a "
                "meeting, or both. It is copied onto each new incident of the integrations "
                "that use it.",
            },
        ),
    ]
