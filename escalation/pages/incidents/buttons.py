"""Buttons that change the paging: escalate, reopen, give to a team, the policy of a service."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from escalation.actions import assign_team, policy_documents, restart
from escalation.actions import edit as escalation_edit
from escalation.actions import escalate as escalation_escalate
from escalation.models import Workflow
from escalation.pages.incidents.announcements import OUTCOMES, describe_paging
from escalation.pages.incidents.incident_forms import DefaultPolicyForm, PersonForm
from escalation.why.paged import why_paged
from escalation.workflows import execute
from incidents.choices import TimelineVerb
from incidents.edit_form import EditForm
from incidents.errors import DomainError
from incidents.forms import AssignForm
from incidents.models import Incident, Service, Team
from incidents.views.base import (
    Caution,
    SignedInRequest,
    Underway,
    form_page,
    process_form,
    requires,
)
from incidents.views.incident import responding
from incidents.views.incident_edit import respondable
from opsportal.lib import pages


@pages.signed_in()
@require_safe
def why(request: SignedInRequest, pk: int) -> HttpResponse:
    """Why a person was paged of an incident, or why not."""
    row = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
    form = PersonForm(request.GET, viewer=request.user)
    person = (form.is_valid() and form.cleaned_data["person"]) or request.user
    context = {
        "title": f"Who was paged of #{row.pk}, and why?",
        "incident": row,
        "person": person,
        "form": PersonForm(initial={"person": person}, viewer=request.user),
        "answer": why_paged(row, person, request.user),
    }
    return pages.render_page(request, "escalation/why.html", context)


@pages.signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def edit_incident(request: SignedInRequest, pk: int) -> HttpResponse:
    row = respondable(request, pk)
    form = EditForm(request.POST or None, incident=row, viewer=request.user)

    def save() -> HttpResponse:
        who: dict[str, Any] = {"by": request.user, "via": "web"}
        escalation_edit.edit(row.pk, expected=form.expected, **who, **form.changes)
        messages.success(request, f"#{row.pk} is changed.")
        return redirect(row)

    context = {"title": f"Edit #{row.pk}", "form": form, "incident": row}
    return process_form(form, save, form_page(request, "incidents/incident_edit.html", context))


@responding
def escalate(request: SignedInRequest, row: Incident) -> str:
    escalation_escalate.escalate(row.pk, by=request.user, via="web")
    return describe_paging(row, f"The next step of #{row.pk} was taken")


@responding
def start_again(request: SignedInRequest, row: Incident) -> str:
    escalation_escalate.start_again(row.pk, by=request.user, via="web")
    return describe_paging(row, f"#{row.pk} pages from the first step again")


@responding
def page_person(request: SignedInRequest, row: Incident) -> str:
    form = AssignForm(request.POST, viewer=request.user)
    user = form.cleaned_data["user"] if form.is_valid() else None
    if user is None:
        raise DomainError(" ".join(map(str, form.non_field_errors())) or "Choose a person.")
    escalation_escalate.page_person(row.pk, user, by=request.user, via="web")
    newest = row.timeline.filter(verb__in=OUTCOMES).order_by("-pk").first()
    if newest is None or newest.verb == TimelineVerb.NO_RECIPIENT:
        return Caution(f"{user} has no address that can be used: nobody is paged.")
    return Underway(f"{user} is paged; whether it arrives is shown below.")


@responding
def run_workflow(request: SignedInRequest, row: Incident) -> str:
    number = pages.parse_id(request.POST.get("workflow", ""))
    workflow = Workflow.objects.enabled().filter(pk=number or 0).first()
    if workflow is None:
        raise DomainError("Choose a workflow.")
    outcome = execute.run_by_hand(workflow, row.pk, by=request.user, via="web")
    return f"“{workflow}” has run: {outcome}."


@responding
def reopen(request: SignedInRequest, row: Incident) -> str:
    note = request.POST.get("note", "").strip()
    restart.reopen(row.pk, by=request.user, via="web", note=note)
    return describe_paging(row, f"#{row.pk} is open again")


@responding
def unacknowledge(request: SignedInRequest, row: Incident) -> str:
    restart.unacknowledge(row.pk, by=request.user, via="web", text="Given back")
    return describe_paging(row, f"#{row.pk} is open again, and nobody's")


@responding
def give_to_team(request: SignedInRequest, row: Incident) -> str:
    teams = Team.objects.visible_to(request.user)
    wanted = request.POST.get("team", "")
    team = teams.filter(pk=pages.parse_id(wanted) or 0).first()
    if wanted and team is None:
        raise DomainError("Choose a team.")
    assign_team.assign_team(row.pk, team, by=request.user, via="web")
    return f"#{row.pk} is with {team} now." if team else f"#{row.pk} is with no team any more."


@requires("incidents.change_service")
@require_POST
def set_service_policy(request: SignedInRequest, pk: int) -> HttpResponse:
    service = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    form = DefaultPolicyForm(request.POST, viewer=request.user)
    if form.is_valid():
        policy = form.cleaned_data["policy"]
        policy_documents.set_default_policy(service, policy)
        messages.success(request, f"{policy or 'The catch-all'} is told of {service} from now on.")
    else:
        messages.error(request, "There is no such policy.")
    return redirect(f"{service.get_absolute_url()}?tab=settings")
