"""Policies with their steps, and plays with their tiers, each on one page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from unfold.admin import TabularInline

from escalation.actions.policies import choose_targets
from escalation.admin import condition_words, step_channels, target_search
from escalation.admin.communications import communications_of, workflows_of
from escalation.admin.policy_forms import FirstAtOnce, PolicyForm, StepForm, StepFormSet, TierForm
from escalation.admin.search_results import search_results
from escalation.models import Play, Policy, Step, Tier
from incidents.admin.base import LINK, EntitledAdmin, PartInline, TellsUsage, user_of
from notifications.choices import Answer

COMMUNICATIONS = (
    '<div class="o-scroll"><table class="o-table"><thead><tr><th scope="col">Who</th>'
    '<th scope="col">When</th><th scope="col">By</th></tr></thead><tbody>{}</tbody></table></div>'
)
HOW = (
    "Steps are taken from the top until somebody acknowledges. An incident that is being paged "
    "keeps the steps it started with: a change applies from the next incident on."
)


Render = Callable[[Any, Policy], str]


def once_a_page(render: Render) -> Render:
    """What a page asks for several times is made once for each policy that it holds."""

    @wraps(render)
    def kept(self: Any, policy: Policy) -> str:
        known = policy.__dict__.setdefault("_rendered", {})
        if render.__name__ not in known:
            known[render.__name__] = render(self, policy)
        found: str = known[render.__name__]
        return found

    return kept


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
        "when",
        "retries",
        "retry_seconds",
        "member_wait_seconds",
        "required_acknowledgements",
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
    change_form_outer_before_template = "escalation/admin_policy_links.html"
    list_before_template = "escalation/admin_policy_list_links.html"
    autocomplete_fields = ["team"]
    inlines = [StepInline]
    readonly_fields = ["automations", "communications"]
    list_display = [
        *("name", "team", "priority", "is_enabled", "quick_launch"),
        *("steps_in_it", "repeats", "used"),
    ]
    list_filter = ["team", "is_enabled", "quick_launch", "priority"]
    list_select_related = ["team"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("name", "description", "team"),
                    *("priority", "is_enabled", "quick_launch"),
                ],
                "description": HOW,
            },
        ),
        (
            "At the end",
            {
                "fields": ["repeats", "pause_seconds"],
                "classes": ["tab"],
                "description": "After the last step it may repeat. When all steps are taken and "
                "nobody has acknowledged, the catch-all of the portal is paged.",
            },
        ),
        ("Low urgency", {"fields": ["low_waits_for_hours"], "classes": ["tab"]}),
        ("Automations", {"fields": ["automations"], "classes": ["tab"]}),
        ("Communications", {"fields": ["communications"], "classes": ["tab"]}),
        ("SLAs", {"fields": ["sla_targets"], "classes": ["tab"]}),
        (
            "Response buttons",
            {
                "fields": [f"barred_{verb}" for verb in Answer],
                "classes": ["tab"],
                "description": "Each channel offers the answers that it can. Tick where one is "
                "not to be offered: there it is not taken either. The portal always takes all.",
            },
        ),
        (
            "On acknowledgement",
            {
                "fields": [
                    "stops_when",
                    "acknowledgement_expires_minutes",
                    "low_urgency_expires",
                    "activity_postpones_expiry",
                ],
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
            path("conditions/", view(self.conditions), name="escalation_policy_conditions"),
            *super().get_urls(),
        ]

    def targets(self, request: HttpRequest) -> HttpResponse:
        """What the search of a step's targets finds, as its widget reads it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return search_results(target_search.search(request.GET.get("term", ""), user_of(request)))

    def channels(self, request: HttpRequest) -> HttpResponse:
        """The channels by which a step may notify, as its widget reads them."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return search_results(step_channels.search(request.GET.get("term", "").strip()))

    def conditions(self, request: HttpRequest) -> HttpResponse:
        """When a step may be taken, as its widget reads it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        term = request.GET.get("term", "").replace("\x00", "")[:400]
        return search_results(condition_words.search(term, user_of(request).time_zone))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is not Step:
            return
        for row in formset.forms:
            if row.instance.pk and "tells" in row.changed_data and row not in formset.deleted_forms:
                choose_targets(row.instance.pk, row.cleaned_data["tells"])

    @admin.display(description="Workflows")
    @once_a_page
    def automations(self, policy: Policy) -> str:
        """The workflows that are attached to it, or are for all incidents."""
        sees_workflows = self.reader.has_perm("escalation.Workflows_View")
        rows = workflows_of(policy) if sees_workflows else ()
        if not rows:
            return "None is attached. A workflow says on its own page for what it is."
        links = (
            (row.get_absolute_url(), f"{row}{'' if row.is_enabled else ', off'}") for row in rows
        )
        return format_html('<ul class="usage">{}</ul>', format_html_join("", LINK, links))

    @admin.display(description="Who is told")
    @once_a_page
    def communications(self, policy: Policy) -> str:
        """Who hears of its incidents, of what, and by what."""
        if not policy.pk:
            return "Save it first: then everybody who is told of its incidents is listed here."
        rows = [
            (one.who, one.when, format_html('<a href="{}">{}</a>', one.url, one.by))
            if one.url
            else (one.who, one.when, one.by)
            for one in communications_of(policy, self.reader)
        ]
        cells = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        return format_html(COMMUNICATIONS, cells)

    @admin.display(description="Steps", ordering="step_count")
    def steps_in_it(self, policy: Any) -> int | str:
        return policy.step_count or "none: the catch-all is paged"

    @admin.display(description="Used by")
    def used(self, policy: Any) -> str:
        services, ways = policy.service_count, policy.integration_count
        return f"{services} service{'s' * (services != 1)}, {ways} integration{'s' * (ways != 1)}"


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
