"""Pages of drills: those of a policy, and the report of one."""

from statistics import median
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from escalation.actions import drills
from escalation.actions.drills import DrillResult
from escalation.models import Drill, Policy
from escalation.pages.policies.views import CHANGE, SEE
from incidents.models import User
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
    say,
)
from incidents.wall_field import WallField
from opsportal.lib import pages
from opsportal.lib.weekly_hours import to_utc

SHOWN = 100


class DrillForm(forms.Form):
    """When, in the reader's zone, and whether those whom it would page are told beforehand."""

    at = WallField(label="At")
    message = forms.CharField(
        max_length=200, required=False, label="Message", help_text="Added to the title of the test."
    )
    is_announced = forms.BooleanField(
        required=False,
        label="Announce it: whoever it would page finds a line in the portal now",
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = viewer.zone
        self.initial = {"at": timezone.now().astimezone(self.zone)}

    def planned(self) -> dict[str, Any]:
        """What `plan_drill` takes."""
        found = dict(self.cleaned_data)
        return {**found, "at": to_utc(found["at"], self.zone, is_end=False)}


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_drills(request: SignedInRequest, pk: int) -> HttpResponse:
    """The drills of a policy, and the form that plans one for who may change policies."""
    policy = get_object_or_404(Policy.objects.visible_to(request.user), pk=pk)
    may_plan = request.user.has_perm(CHANGE)
    sent = request.POST if request.method == "POST" and may_plan else None
    form = DrillForm(sent, viewer=request.user)

    def plan() -> HttpResponse:
        row = drills.plan_drill(policy, by=request.user, **form.planned())
        say(request, "The drill is planned.")
        return redirect(row)

    context = {
        "title": f"Drills of {policy}",
        "policy": policy,
        "form": form if may_plan else None,
        "rows": policy.drills.select_related("made_by")[:SHOWN],
    }
    show = form_page(request, "escalation/drills.html", context)
    if request.method == "POST" and not may_plan:
        return show(status=403)
    return process_form(form, plan, show)


@requires(SEE)
@require_safe
def drill(request: SignedInRequest, pk: int) -> HttpResponse:
    """How everybody answered."""
    rows = Drill.objects.visible_to(request.user).select_related("policy", "made_by")
    row = get_object_or_404(rows, pk=pk)
    results = drills.drill_results(row)
    context = {
        "title": str(row),
        "drill": row,
        "results": results,
        "may_change": request.user.has_perm(CHANGE),
        **_summary(results),
    }
    return pages.render_page(request, "escalation/drill.html", context)


def _summary(results: list[DrillResult]) -> dict[str, Any]:
    waits = [one.answered_s for one in results if one.answered_s is not None]
    return {
        "answered": len(waits),
        "unreachable": sum(one.outcome == "unreachable" for one in results),
        "median_s": median(waits) if waits else None,
        "slowest_s": max(waits, default=None),
    }


@requires(CHANGE)
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """A planned drill does not begin."""
    row = get_object_or_404(Drill.objects.visible_to(request.user), pk=pk)

    def act() -> str:
        drills.cancel_drill(row)
        return "The drill is cancelled."

    return run_and_redirect(request, act, row)
