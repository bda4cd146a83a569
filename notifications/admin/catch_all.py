"""The catch-all: one row, so its list is its form."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from incidents.admin.base import EntitledAdmin
from incidents.responders import stakeholder_problem
from notifications.models import CatchAll


class CatchAllForm(forms.ModelForm):
    def clean_users(self) -> Any:
        people = self.cleaned_data["users"]
        if problem := stakeholder_problem(people):
            raise forms.ValidationError(problem)
        return people


@admin.register(CatchAll)
class CatchAllAdmin(EntitledAdmin):
    form = CatchAllForm
    entitlement = "notifications.change_catchall"
    view_entitlement = "notifications.view_catchall"
    autocomplete_fields = ["users", "channels"]
    fieldsets = [
        (
            None,
            {
                "fields": ["users", "channels"],
                "description": "Paged when nobody else was reached: at the end of a policy, "
                "without any recipient, or after failed deliveries. Choose at least one person.",
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
        CatchAll.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:notifications_catchall_change", args=[1]))
