"""The ladder of a policy and of an incident that is being opened; copies and stock policies."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalation.actions import policies, policy_documents
from escalation.models import Policy
from escalation.pages.incidents.incident_forms import OpenForm
from escalation.pages.incidents.recipient_preview import plan_and_case
from escalation.pages.policies.forms import AddServiceForm, CaseForm
from escalation.plans.plan import Plan
from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case
from escalation.policies.stock_policies import BY_KEY, STOCK
from escalation.policies.worst_minutes import worst_of_plan
from incidents.errors import InvalidRequest
from incidents.models import Service
from incidents.views.base import SignedInRequest, requires, run_and_redirect, say
from opsportal.lib import pages

SEE = "escalation.view_policy"
CHANGE = "escalation.Message_Rule_Update"
CHANGE_SERVICES = "incidents.change_service"


@requires(SEE)
@require_safe
def policy_ladder(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom a policy tells as time goes by, for a chosen incident; htmx asks for the rungs alone."""
    policy = get_object_or_404(Policy.objects.visible_to(request.user), pk=pk)
    form = CaseForm(request.GET or None, viewer=request.user)
    context = {
        "title": policy.name,
        "policy": policy,
        "form": form,
        "may_change": request.user.has_perm(CHANGE),
        "may_open": request.user.has_perm("incidents.Messages_Send_GlobalAccess"),
        "services": Service.objects.visible_to(request.user).filter(default_policy__policy=policy),
        "add_service": AddServiceForm(policy=policy, viewer=request.user),
        "may_change_services": request.user.has_perm(CHANGE_SERVICES),
        **_drawn(plan_of_policy(policy), form.case),
    }
    if pages.is_partial(request):
        return render(request, "escalation/_ladder.html", context)
    return pages.render_page(request, "escalation/policy_ladder.html", context)


@requires(CHANGE_SERVICES)
@require_POST
def add_policy_service(request: SignedInRequest, pk: int) -> HttpResponse:
    """A service that is told by the policy from now on, in place of the one that it had."""
    policy = get_object_or_404(Policy.objects.visible_to(request.user), pk=pk)
    form = AddServiceForm(request.POST, policy=policy, viewer=request.user)

    def add() -> str:
        if not form.is_valid():
            raise InvalidRequest("Choose a service.")
        service = form.cleaned_data["service"]
        policy_documents.set_default_policy(service, policy)
        return f"{policy} is told of {service} from now on."

    return run_and_redirect(request, add, redirect("policy_ladder", pk=policy.pk).url)


@requires(SEE)
@require_safe
def policy_worst(request: SignedInRequest, pk: int) -> HttpResponse:
    """The worst minutes of the week of a policy, for the page of its ladder."""
    policy = get_object_or_404(Policy.objects.visible_to(request.user), pk=pk)
    form = CaseForm(request.GET, viewer=request.user)
    context = {"worst": worst_of_plan(plan_of_policy(policy), form.case)}
    return render(request, "escalation/_worst.html", context)


@requires("incidents.Messages_Send_GlobalAccess")
@require_safe
def incident_ladder(request: SignedInRequest) -> HttpResponse:
    """The rungs of the incident that is being opened by hand, as far as its form is filled in."""
    named = {"policy": request.GET.get("policy")}
    form = OpenForm(request.GET, viewer=request.user, initial=named)
    form.is_valid()
    found = form.cleaned_data
    context: dict[str, Any] = {"needs_service": not (found.get("policy") or found.get("service"))}
    if not context["needs_service"]:
        context |= _drawn(*plan_and_case(form, timezone.now()))
    return render(request, "escalation/_ladder.html", context)


def _drawn(plan: Plan, case: Case) -> dict[str, Any]:
    return {"ladder": ladder_of(plan, case), "case": case, "plan": plan}


@requires(CHANGE)
@require_POST
def clone_policy(request: SignedInRequest, pk: int) -> HttpResponse:
    """Copy a policy, and open the copy to be changed."""
    policy = get_object_or_404(Policy.objects.visible_to(request.user), pk=pk)
    copy = policies.clone(policy)
    say(request, f"{copy} is a copy: nothing uses it yet.")
    return redirect(copy)


@requires(CHANGE)
@require_safe
def stock_policies(request: SignedInRequest) -> HttpResponse:
    """Policies ready to copy."""
    context = {"title": "Stock policies", "stock": STOCK}
    return pages.render_page(request, "escalation/stock_policies.html", context)


@requires(CHANGE)
@require_POST
def add_stock_policy(request: SignedInRequest, stock: str) -> HttpResponse:
    """Copy a stock policy, and open the copy to be changed."""
    if stock not in BY_KEY:
        raise Http404
    policy = policies.add_stock_policy(BY_KEY[stock])
    say(request, f"{policy} is yours: change what differs. Nothing uses it yet.")
    return redirect(policy)
