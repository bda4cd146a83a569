"""Round robins with their entries."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from escalation.models import RoundRobin, RoundRobinEntry
from escalation.plans.round_robin import pick, with_entries
from escalation.policies.round_robin_rows import ring_of
from incidents.admin.base import EntitledAdmin, PartInline, TellsUsage
from incidents.admin.ordering import OrderedForm, OrderedFormSet
from incidents.responders import stakeholder_problem

HOW = (
    "Each incident asks the next one. Whoever is away without a cover, or a schedule without "
    "anybody, is skipped, and asked first once that changes. A step of a policy names it as "
    "one of those whom it notifies."
)


class EntryForm(OrderedForm):
    """A person or a schedule."""

    class Meta:
        model = RoundRobinEntry
        fields = ["user", "schedule", "position"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        found = self.cleaned_data
        user, schedule = found.get("user"), found.get("schedule")
        if bool(user) == bool(schedule) and not found.get("DELETE"):
            raise forms.ValidationError("Choose a person or a schedule.")
        if user and (problem := stakeholder_problem([user])):
            raise forms.ValidationError({"user": problem})
        return found


class EntryInline(PartInline, TabularInline):
    model = RoundRobinEntry
    form = EntryForm
    formset = OrderedFormSet
    fields = ["user", "schedule", "position"]
    autocomplete_fields = ["user"]
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    verbose_name_plural = "entries, in the order in which they are asked"


@admin.register(RoundRobin)
class RoundRobinAdmin(TellsUsage, EntitledAdmin):
    entitlement = "escalation.Message_Rule_Update"
    view_entitlement = "escalation.Message_Rule_View"
    view_on_site = False
    search_fields = ["name"]
    inlines = [EntryInline]
    list_display = ["name", "size", "its_turn"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "new_person_each_repeat", "ask_next_after_minutes"],
                "description": HOW,
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).annotate(size=Count("entries"))
        return rows.prefetch_related("entries__user", "entries__schedule")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """It is still the turn of the same entry."""
        row = RoundRobin.objects.select_for_update(no_key=True).get(pk=form.instance.pk)
        before = ring_of(row)
        super().save_related(request, form, formsets, change)
        entries = [entry.code for entry in RoundRobinEntry.objects.filter(round_robin=row)]
        ring = with_entries(before, entries)
        columns = {"next_index": ring.next_index, "skipped": list(ring.skipped)}
        RoundRobin.objects.filter(pk=row.pk).update(**columns)

    @admin.display(description="Entries", ordering="size")
    def size(self, row: Any) -> int | str:
        return row.size or "none: it asks nobody"

    @admin.display(description="Next")
    def its_turn(self, row: Any) -> str:
        code, _ = pick(ring_of(row), lambda code: True)
        return next((str(entry) for entry in row.entries.all() if entry.code == code), "–")
