"""Runs: to see where an incident is in its policy."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from escalation.choices import RunState
from escalation.models import Run
from incidents.admin.base import ReadOnlyAdmin, user_of
from incidents.models import Incident

COLOURS = {
    RunState.SUPPRESSED: "default",
    RunState.ESCALATING: "danger",
    RunState.PAUSED: "info",
    RunState.EXHAUSTED: "warning",
    RunState.FINISHED: "success",
}


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "policy", "play", "shown_state", "next_step_at", "started_at"]
    list_filter = ["state", "policy"]
    list_select_related = ["policy", "play"]
    search_fields = ["=incident__id", "policy__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = Incident.objects.visible_to(user_of(request)).values("pk")
        return super().get_queryset(request).filter(incident__in=mine)

    @display(description="State", ordering="state", label=COLOURS)
    def shown_state(self, run: Run) -> tuple[str, str]:
        return run.state, run.get_state_display()
