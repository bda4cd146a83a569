"""How long what came in is kept."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from incidents.admin.base import EntitledAdmin
from integrations.inbound import retention
from integrations.models import Retention


@admin.register(Retention)
class RetentionAdmin(EntitledAdmin):
    entitlement = "integrations.change_retention"
    view_entitlement = "integrations.view_retention"
    fieldsets = [
        (
            None,
            {
                "fields": ["message_days", "body_days", "alert_days", "audit_days"],
                "description": "Days after which rows are deleted for good, a few at a time. 0 "
                "keeps them for ever. What is still open is never deleted.",
            },
        )
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = retention.retention()
        return HttpResponseRedirect(reverse("admin:integrations_retention_change", args=[row.pk]))
