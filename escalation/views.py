"""Pages that change the paging: open an incident, escalate, reopen, the policy of a service."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import escalate as escalation_escalate
from escalation.actions import policy_documents, restart, start
from escalation.announcements import OUTCOMES, describe_paging
from escalation.incident_forms import DefaultPolicyForm, OpenForm
from incidents.choices import TimelineVerb
from incidents.errors import DomainError
from incidents.forms import AssignForm
from incidents.models import Incident, Service
from incidents.views.base import (
    Caution,
    SignedInRequest,
    Underway,
    form_page,
    process_form,
    requires,
    say,
)
from incidents.views.incident import responding


@requires("incidents.Messages_Send_GlobalAccess")
@require_http_methods(["GET", "HEAD", "POST"])
def new_incident(request: SignedInRequest) -> HttpResponse:
    initial = {"service": request.GET.get("service")}
    form = OpenForm(request.POST or None, viewer=request.user, initial=initial)

    def create() -> HttpResponse:
        found = dict(form.cleaned_data)
        service, title = found.pop("service"), found.pop("title")
        incident = start.open_incident(service, title, by=request.user, via="web", **found)
        say(request, describe_paging(incident, f"#{incident.pk} is open"))
        return redirect(incident)

    context = {"title": "Open an incident", "form": form}
    return process_form(form, create, form_page(request, "escalation/incident_new.html", context))


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
def reopen(request: SignedInRequest, row: Incident) -> str:
    note = request.POST.get("note", "").strip()
    restart.reopen(row.pk, by=request.user, via="web", note=note)
    return describe_paging(row, f"#{row.pk} is open again")


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
