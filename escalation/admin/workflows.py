"""Workflows with their conditions and actions, on one page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import StackedInline, TabularInline

from escalation.admin import target_search
from escalation.admin.form_fields import SearchWidget, TargetsField
from escalation.admin.search_results import search_results
from escalation.models import Condition, Workflow, WorkflowAction
from escalation.workflows.editing import action_problem, note_enabled, timing_problem
from escalation.workflows.subjects import field_problem, triggers_by_kind
from escalation.workflows.texts import FIELDS, SUBJECT_FIELDS
from incidents.admin.base import EntitledAdmin, PartInline, user_of
from incidents.admin.ordering import OrderedForm, OrderedFormSet
from incidents.forms import offer_choices

HOW = (
    "It runs once for each change, or once for a time, for incidents of what it is attached to. "
    "What it does itself never starts it again."
)


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


FIELDS_HELP = f"Fields: {_braced(FIELDS)}. " + " ".join(
    f"{kind.label}: {_braced(names)}." for kind, names in SUBJECT_FIELDS.items()
)


class RecipientsWidget(SearchWidget):
    """Whom an action tells."""

    url_name = "admin:escalation_workflow_targets"
    placeholder = "Search people, teams, channels"


class WorkflowForm(forms.ModelForm):
    class Meta:
        model = Workflow
        fields = ["name", "is_enabled", "trigger", "minutes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trigger" in self.fields:
            offer_choices(self, trigger=triggers_by_kind())

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        problem = timing_problem(found) if found.get("trigger") else None
        if problem:
            self.add_error(*problem)
        fields = _staying(self.data, "conditions", "field")
        if sentence := field_problem(found.get("trigger", ""), fields):
            self.add_error("trigger", f"A condition does not fit. {sentence}")
        if found.get("is_enabled") and not _staying(self.data, "actions", "kind"):
            self.add_error("is_enabled", "A workflow needs an action before it is enabled.")
        return found


def _staying(data: Any, prefix: str, name: str) -> list[str]:
    """What the page holds of this field in the parts that stay."""
    numbers = range(int(data.get(f"{prefix}-TOTAL_FORMS") or 0))
    kept = (n for n in numbers if not data.get(f"{prefix}-{n}-DELETE"))
    return [word for n in kept if (word := data.get(f"{prefix}-{n}-{name}"))]


class ActionForm(OrderedForm):
    """One action; what it needs depends on its kind."""

    targets = TargetsField(label="and these", required=False, widget=RecipientsWidget)

    class Meta:
        model = WorkflowAction
        fields = ["kind", "targets", "subject", "text", "value"]
        labels = {"user": "Assignee"}
        help_texts = {"text": FIELDS_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = self["targets"].value() or []
        names = target_search.labels(words)
        offer_choices(self, targets=[(word, names[word]) for word in words if word in names])

    def clean(self) -> dict[str, Any]:
        super().clean()
        found = self.cleaned_data
        if not self.errors and not found.get("DELETE") and (problem := action_problem(found)):
            name, sentence = problem
            self.add_error(name if name in self.fields else None, sentence)
        return found


class ActionInline(PartInline, StackedInline):
    model = WorkflowAction
    form = ActionForm
    formset = OrderedFormSet
    autocomplete_fields = [
        *("user", "policy", "play", "service", "shared_channel"),
        *("outbound_method", "ticket_system"),
    ]
    fields = [
        "kind",
        ("to_recipients", "to_owner", "to_sender", "to_managers"),
        "targets",
        ("subject", "value"),
        "text",
        ("user", "shared_channel"),
        ("outbound_method", "ticket_system"),
        ("policy", "play", "service"),
        "position",
    ]
    ordering_field = "position"
    hide_ordering_field = True


class ConditionInline(PartInline, TabularInline):
    model = Condition
    fields = ["field", "operator", "value", "stops"]
    hide_title = True


@admin.register(Workflow)
class WorkflowAdmin(EntitledAdmin):
    entitlement = "escalation.Workflows_Update"
    view_entitlement = "escalation.Workflows_View"
    form = WorkflowForm
    view_on_site = False
    autocomplete_fields = ["services", "policies"]
    inlines = [ConditionInline, ActionInline]
    list_display = ["name", "is_enabled", "kind", "starts", "actions_in_it"]
    list_filter = ["is_enabled"]
    search_fields = ["name", "description"]
    fieldsets = [
        (None, {"fields": ["name", "description", "is_enabled"], "description": HOW}),
        (
            "When",
            {"fields": [("trigger", "minutes"), ("matches_all", "repeat_minutes")]},
        ),
        ("For", {"fields": ["for_all", "services", "policies"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(action_count=Count("actions"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.targets)
        return [path("targets/", view, name="escalation_workflow_targets"), *super().get_urls()]

    def targets(self, request: HttpRequest) -> HttpResponse:
        """What the search of an action's recipients finds, as its widget reads it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return search_results(target_search.search(request.GET.get("term", ""), user_of(request)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        note_enabled(form.instance)

    @admin.display(description="Kind", ordering="trigger")
    def kind(self, row: Workflow) -> str:
        return row.kind.label

    @admin.display(description="Starts when", ordering="trigger")
    def starts(self, row: Workflow) -> str:
        return row.starts

    @admin.display(description="Actions", ordering="action_count")
    def actions_in_it(self, workflow: Any) -> int | str:
        return workflow.action_count or "none"
