"""Policies with their steps, and plays with their tiers, each on one page."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from unfold.admin import TabularInline

from escalation import step_channels, target_search
from escalation.actions.policies import choose_targets
from escalation.forms import FirstAtOnce, PolicyForm, StepForm, StepFormSet, TierForm
from escalation.models import Play, Policy, Step, Tier
from incidents.admin.base import EntitledAdmin, PartInline, TellsUsage, user_of

HOW = (
    "Steps are taken from the top until somebody acknowledges. An incident that is being paged "
    "keeps the steps it started with: a change applies from the next incident on."
)


class FirstToFillIn(PartInline, TabularInline):
    """The parts of a policy or play; a new one begins with a part to fill in."""

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


class StepInline(FirstToFillIn):
    model = Step
    form = StepForm
    formset = StepFormSet
    fields = [
        "wait_seconds",
        "tells",
        "retries",
        "retry_seconds",
        "step_channels",
        "position",
    ]
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    verbose_name_plural = "steps"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("targets")


class RulesAdmin(TellsUsage, EntitledAdmin):
    """What policies and plays share."""

    entitlement = "escalation.Message_Rule_Update"
    usage_classes = ["tab"]
    view_on_site = False
    view_entitlement = "escalation.Message_Rule_View"
    search_fields = ["name", "description"]

    class Media:
        js = ["js/durations.js"]


@admin.register(Policy)
class PolicyAdmin(RulesAdmin):
    form = PolicyForm
    autocomplete_fields = ["team"]
    inlines = [StepInline]
    list_display = ["name", "team", "steps_in_it", "repeats", "used"]
    list_filter = ["team"]
    list_select_related = ["team"]
    fieldsets = [
        (None, {"fields": ["name", "description", "team"], "description": HOW}),
        (
            "At the end",
            {
                "fields": ["repeats", "pause_seconds"],
                "classes": ["tab"],
                "description": "After the last step it may repeat. When all steps are taken and "
                "nobody has acknowledged, the catch-all of the portal is paged.",
            },
        ),
        (
            "On acknowledgement",
            {
                "fields": ["stops_when", "acknowledgement_expires_minutes"],
                "classes": ["tab"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                step_count=Count("steps", distinct=True),
                service_count=Count("services", distinct=True),
                integration_count=Count("integrations", distinct=True),
            )
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("targets/", view(self.targets), name="escalation_policy_targets"),
            path("channels/", view(self.channels), name="escalation_policy_channels"),
            *super().get_urls(),
        ]

    def targets(self, request: HttpRequest) -> HttpResponse:
        """What the search of a step's targets finds, as its widget reads it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return _results(target_search.search(request.GET.get("term", ""), user_of(request)))

    def channels(self, request: HttpRequest) -> HttpResponse:
        """The channels by which a step may notify, as its widget reads them."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return _results(step_channels.search(request.GET.get("term", "").strip()))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is not Step:
            return
        for row in formset.forms:
            if row.instance.pk and "tells" in row.changed_data and row not in formset.deleted_forms:
                choose_targets(row.instance.pk, row.cleaned_data["tells"])

    @admin.display(description="Steps", ordering="step_count")
    def steps_in_it(self, policy: Any) -> int | str:
        return policy.step_count or "none: the catch-all is paged"

    @admin.display(description="Used by")
    def used(self, policy: Any) -> str:
        services, ways = policy.service_count, policy.integration_count
        return f"{services} service{'s' * (services != 1)}, {ways} integration{'s' * (ways != 1)}"


def _results(found: list[tuple[str, str]]) -> HttpResponse:
    """(word, label) pairs as the pick-lists of the admin read them."""
    rows = [{"id": word, "text": label} for word, label in found]
    return JsonResponse({"results": rows, "pagination": {"more": False}})


class TierInline(FirstToFillIn):
    model = Tier
    form = TierForm
    formset = FirstAtOnce
    fields = ["wait_seconds", "users", "teams", "position"]
    autocomplete_fields = ["users", "teams"]
    ordering_field = "position"
    hide_title = True
    verbose_name_plural = "tiers"
    hide_ordering_field = True


@admin.register(Play)
class PlayAdmin(RulesAdmin):
    inlines = [TierInline]
    list_display = ["name", "description", "tiers_in_it"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "description"],
                "description": "Tiers of people and teams, each after a wait. All of a tier are "
                "paged at once, whatever their role.",
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(tier_count=Count("tiers"))

    @admin.display(description="Tiers", ordering="tier_count")
    def tiers_in_it(self, play: Any) -> int | str:
        return play.tier_count or "none: it pages nobody"
