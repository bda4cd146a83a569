"""API keys: made here, shown once, revoked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from incidents.actions import api_keys
from incidents.actions.api_keys import SCOPES
from incidents.admin.base import ReadsVisible, call_each, user_of
from incidents.models import ApiKey

STATE_COLOURS = {"usable": "success", "revoked": "danger", "expired": "warning"}


class KeyForm(forms.ModelForm):
    """A new key: what it is for, what it may do, and until when."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {what}") for scope, what in SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="It acts as its person, and within these scopes.",
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ReadsVisible):
    form = KeyForm
    actions = ["revoke_selected"]
    autocomplete_fields = ["user"]
    list_display = ["name", "prefix", "user", "state", "what", "last_used_at", "expires_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_fullwidth = True
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__email"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            mine = ["name", "scopes", "expires_at"]
            return ["user", *mine] if request.user.is_superuser else mine
        return ["name", "prefix", "user", "scopes", "created_at", "last_used_at", "expires_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        owner = obj.user if request.user.is_superuser else user_of(request)
        key, text = api_keys.create_key(owner, obj.name, obj.scopes, expires_at=obj.expires_at)
        obj.pk, obj.user, obj.prefix = key.pk, owner, key.prefix
        obj.shown_text = text

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The text is in this one answer, and nowhere else: no session, no log, no history."""
        context = {
            **self.admin_site.each_context(request),
            "title": "New API key",
            "opts": self.opts,
            "key": obj,
            "text": obj.shown_text,
        }
        answer = render(request, "incidents/admin_key_once.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @action(description="Revoke selected keys", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        call_each(self, request, queryset, lambda key: api_keys.revoke_key(key.pk), done="revoked")

    @display(description="State", label=STATE_COLOURS)
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        return "expired" if key.expires_at and key.expires_at <= timezone.now() else "usable"

    @admin.display(description="May")
    def what(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)
