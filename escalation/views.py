"""What moves the paging from a page: open by hand, escalate, reopen, the policy of a service."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import escalate as escalation_escalate
from escalation.actions import policy_documents, restart, start
from escalation.incident_forms import DefaultPolicyForm, OpenForm
from incidents.models import Service
from incidents.views.incident import responding
from opsportal.lib import pages


@pages.signed_in()
@permission_required("incidents.Messages_Send_GlobalAccess", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new_incident(request):
    initial = {"service": request.GET.get("service")}
    form = OpenForm(request.POST or None, viewer=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        incident = start.open_incident(
            wanted["service"],
            wanted["title"],
            by=request.user,
            via="web",
            severity=wanted["severity"],
            priority=wanted["priority"],
            description=wanted["description"],
            policy=wanted["policy"],
        )
        messages.success(request, f"#{incident.pk} is open, and people are being told.")
        return redirect(incident)
    context = {"title": "Open an incident", "form": form}
    status = 422 if form.is_bound else 200
    return pages.page(request, "escalation/incident_new.html", context, status=status)


@responding
def escalate(request, row):
    escalation_escalate.escalate(row.pk, by=request.user, via="web")
    return f"The next step of #{row.pk} was taken now."


@responding
def reopen(request, row):
    note = request.POST.get("note", "").strip()
    restart.reopen(row.pk, by=request.user, via="web", note=note)
    return f"#{row.pk} is open again, and people are being told."


@pages.signed_in()
@permission_required("incidents.change_service", raise_exception=True)
@require_POST
def set_service_policy(request, pk):
    service = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    form = DefaultPolicyForm(request.POST, viewer=request.user)
    if form.is_valid():
        policy = form.cleaned_data["policy"]
        policy_documents.set_default_policy(service, policy)
        messages.success(request, f"{policy or 'The catch-all'} is told of {service} from now on.")
    else:
        messages.error(request, "There is no such policy.")
    return redirect(f"{service.get_absolute_url()}?tab=settings")
