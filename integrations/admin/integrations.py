"""Integrations and messages in the admin: to find and to filter. Their own pages do the rest."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action, display

from escalation.models import Play, Policy
from incidents.admin.base import EntitledAdmin, ReadOnlyAdmin, call_each
from incidents.admin.usage import Link, tell
from incidents.models import Service, Team, User
from integrations.catalog import all_templates
from integrations.models import ADMINISTER, InboundMessage, InboundMessageQuerySet, Integration
from integrations.setup import integrations as integration_setup

MESSAGE_COLOURS = {
    "pending": "info",
    "mapped": "success",
    "appended": "success",
    "ignored": "warning",
    "failed": "danger",
    "rejected": "danger",
}


@admin.register(Integration)
class IntegrationAdmin(EntitledAdmin):
    """Adding goes to the gallery, changing to the saved page."""

    entitlement = ADMINISTER
    view_entitlement = "integrations.view_integration"
    actions = ["enable_selected", "disable_selected"]
    list_display = ["name", "tool", "kind", "service", "rule", "sequence", "state", "dropped_count"]
    list_filter = ["kind", "is_enabled", "template", "service"]
    list_select_related = ["service", "policy", "play"]
    search_fields = ["name", "template", "service__name"]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("gallery")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("integration", object_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # On the saved page, which says what becomes of it.

    @action(description="Enable selected integrations", permissions=["change"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, True)

    @action(description="Disable selected integrations", permissions=["change"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, rows: QuerySet[Any], is_enabled: bool) -> None:
        def switch(row: Any) -> None:
            integration_setup.set_enabled(row.pk, is_enabled)

        call_each(self, request, rows, switch, done="enabled" if is_enabled else "disabled")

    @admin.display(description="Template", ordering="template")
    def tool(self, integration: Integration) -> str:
        template = all_templates().get(integration.template)
        return template.name if template else integration.template

    @admin.display(description="Policy or play")
    def rule(self, integration: Integration) -> str:
        return str(integration.policy or integration.play or "the service's policy")

    @display(description="State", label={"enabled": "success", "disabled": "danger"})
    def state(self, integration: Integration) -> str:
        return "enabled" if integration.is_enabled else "disabled"


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    """The Inbound Log has the page for it; this is for filters that it does not have."""

    list_display = [
        "id",
        "received_at",
        "integration",
        "route",
        "answer",
        "shown_status",
        "subject",
    ]
    list_filter = ["status", "action", "is_test"]
    list_select_related = ["integration"]
    search_fields = ["=id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast(InboundMessageQuerySet, super().get_queryset(request)).without_payload()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("message", object_id)

    @display(description="Status", ordering="status", label=MESSAGE_COLOURS)
    def shown_status(self, message: InboundMessage) -> tuple[str, str]:
        return message.status, message.get_status_display()


@tell(Service)
def integrations_of_service(service: Service, user: User) -> Iterator[Link]:
    yield from _links(Integration.objects.filter(service=service), user)


@tell(Policy)
def integrations_of_policy(policy: Policy, user: User) -> Iterator[Link]:
    yield from _links(Integration.objects.filter(policy=policy), user)


@tell(Play)
def integrations_of_play(play: Play, user: User) -> Iterator[Link]:
    yield from _links(Integration.objects.filter(play=play), user)


@tell(Team)
def integrations_for_team(team: Team, user: User) -> Iterator[Link]:
    yield from _links(Integration.objects.filter(teams=team), user)


@tell(User)
def integrations_for_person(person: User, user: User) -> Iterator[Link]:
    yield from _links(Integration.objects.filter(users=person), user)


def _links(integrations: QuerySet[Integration], user: User) -> Iterator[Link]:
    visible = Integration.objects.visible_to(user).values("pk")
    for integration in integrations.filter(pk__in=visible):
        yield f"Integration {integration}", reverse("integration", args=[integration.pk])
