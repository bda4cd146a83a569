"""The page on which an incident is opened by hand, with a preview of whom it tells."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import drafts, start
from escalation.models import IncidentDraft, IncidentTemplate
from escalation.pages.incidents.announcements import describe_paging
from escalation.pages.incidents.incident_forms import OpenForm
from escalation.pages.incidents.recipient_preview import plan_and_case, preview_of
from incidents.views.base import SignedInRequest, form_page, process_form, requires, say
from opsportal.lib.pages import parse_id

SEND = "incidents.Messages_Send_GlobalAccess"
RECIPIENTS = ("users", "teams", "topics")


@requires(SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def new_incident(request: SignedInRequest) -> HttpResponse:
    draft = _draft(request)
    template = _template(request)
    initial = {
        "service": request.GET.get("service"),
        "policy": request.GET.get("policy"),
        **(template.fields if template else {}),
        **(draft.fields if draft else {}),
    }
    form = OpenForm(request.POST or None, viewer=request.user, initial=initial)
    context = {
        "title": "Open an incident",
        "form": form,
        "draft": draft,
        "drafts": _drafts(request),
        "templates": IncidentTemplate.objects.visible_to(request.user),
        "template": template,
    }
    if request.POST.get("do") == "draft":
        return _save_draft(request, form, draft)
    show = form_page(request, "escalation/incident_new.html", context)
    if request.POST.get("do") == "preview" and form.is_valid():
        context |= _preview(form)
        return show(status=200)

    def create() -> HttpResponse:
        service, title = form.cleaned_data["service"], form.cleaned_data["title"]
        who: dict[str, Any] = {"by": request.user, "via": "web"}
        incident = start.open_incident(
            service, title, recipients=form.recipients, **who, **form.said
        )
        if draft:
            draft.delete()
        say(request, describe_paging(incident, f"#{incident.pk} is open"))
        return redirect(incident)

    return process_form(form, create, show)


def _preview(form: OpenForm) -> dict[str, Any]:
    """Whom the steps of the chosen policy tell, with those who are named beside it, and when."""
    plan, case = plan_and_case(form, timezone.now())
    ladder, steps = preview_of(plan, case, form.skipped_channels)
    return {"preview": steps, "ladder": ladder, "case": case, "plan": plan}


def _drafts(request: SignedInRequest) -> QuerySet[IncidentDraft]:
    return IncidentDraft.objects.filter(user=request.user)


def _draft(request: SignedInRequest) -> IncidentDraft | None:
    number = parse_id(request.POST.get("draft") or request.GET.get("draft"))
    return _drafts(request).filter(pk=number).first() if number else None


def _template(request: SignedInRequest) -> IncidentTemplate | None:
    number = parse_id(request.GET.get("template"))
    rows = IncidentTemplate.objects.visible_to(request.user)
    return rows.filter(pk=number).first() if number else None


def _save_draft(
    request: SignedInRequest, form: OpenForm, draft: IncidentDraft | None
) -> HttpResponse:
    fields: dict[str, Any] = {
        name: request.POST.getlist(name) if name in RECIPIENTS else request.POST.get(name, "")
        for name in form.fields
    }
    drafts.save(request.user, fields, draft)
    messages.success(request, "Saved as a draft: nobody is paged. You alone see it.")
    return redirect("incident_new")


@requires(SEND)
@require_POST
def delete_draft(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(_drafts(request), pk=pk).delete()
    messages.success(request, "The draft is deleted.")
    return redirect("incident_new")
