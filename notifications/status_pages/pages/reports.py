"""Publishing: a new incident or maintenance, and what is said of it later."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from incidents.models import Incident
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
)
from notifications.choices import ReportImpact, ReportKind
from notifications.models import StatusReport, StatusTemplate
from notifications.models.status_page import PUBLISH, VIEW
from notifications.status_pages.actions import publish
from notifications.status_pages.addresses import report_url
from notifications.status_pages.pages.forms import (
    ChangeForm,
    UpdateForm,
    form_class,
    initial_of,
    initial_of_update,
)
from notifications.status_pages.pages.views import visible
from notifications.status_pages.reading import report_of
from opsportal.lib import pages

TITLES = {
    ReportKind.INCIDENT: "Publish an incident",
    ReportKind.MAINTENANCE: "Schedule maintenance",
}
KEPT = ("kind", "incident")  # of the query, where a template is chosen


@requires(PUBLISH)
def new_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form of a new report; ``?incident=`` is the one it is about, ``?template=`` its text."""
    page = visible(request, pk)
    kind = _kind(request)
    incident, templates = _incident(request), StatusTemplate.objects.filter(kind=kind)
    template = templates.filter(pk=pages.parse_id(request.GET.get("template")) or 0).first()
    initial = initial_of(template, incident)
    data = request.POST if request.method == "POST" else None
    form = form_class(kind)(page, kind, data, initial=initial)

    def act() -> HttpResponse:
        tells = bool(form.cleaned_data["tells"])
        report = publish.publish(page, form.draft(incident), by=request.user, tells=tells)
        messages.success(request, f"Published on {page}.")
        return redirect(report)

    context = {
        "title": TITLES[kind],
        "page": page,
        "form": form,
        "kind": kind,
        "incident": incident,
        "templates": templates,
        "template": template,
        "kept": [(name, request.GET[name]) for name in KEPT if name in request.GET],
    }
    return process_form(form, act, form_page(request, "status/pages/report_new.html", context))


def _kind(request: SignedInRequest) -> ReportKind:
    """Raises Http404."""
    try:
        return ReportKind(request.GET.get("kind") or ReportKind.INCIDENT)
    except ValueError as error:
        raise Http404 from error


def _incident(request: SignedInRequest) -> Incident | None:
    """Raises Http404 for one that the person does not see."""
    if not request.GET.get("incident"):
        return None
    number = pages.parse_id(request.GET["incident"])
    return get_object_or_404(Incident.objects.visible_to(request.user), pk=number or 0)


def _report(request: SignedInRequest, pk: int) -> StatusReport:
    rows = StatusReport.objects.visible_to(request.user).select_related("page")
    return get_object_or_404(rows, pk=pk)


@requires(VIEW)
def report(request: SignedInRequest, pk: int) -> HttpResponse:
    """One report with all that was said, and the form of the next update."""
    row = _report(request, pk)
    updates = list(row.updates.select_related("by"))
    shown, may_publish = report_of(row, updates, timezone.now()), request.user.has_perm(PUBLISH)
    templates = StatusTemplate.objects.filter(kind=row.kind)
    chosen = templates.filter(pk=pages.parse_id(request.GET.get("template")) or 0)
    data = request.POST if request.method == "POST" and may_publish else None
    initial = initial_of_update(shown, chosen)
    form = UpdateForm(row.page, ReportKind(row.kind), data, initial=initial)

    def act() -> HttpResponse:
        publish.add_update(
            row.pk,
            state=form.chosen_state,
            body=form.cleaned_data["body"],
            effects=form.effects,
            by=request.user,
            tells=bool(form.cleaned_data["tells"]),
        )
        messages.success(request, f"Published on {row.page}.")
        return redirect(row)

    context: dict[str, Any] = {
        "title": row.title,
        "report": row,
        "shown": shown,
        "updates": updates,
        "form": form if may_publish else None,
        "change": ChangeForm(initial={"title": row.title, "impact": row.impact}),
        "templates": templates,
        "template": chosen.first(),
        "address": report_url(row.page, row.pk),
        "incident": _seen_incident(request, row),
    }
    return process_form(form, act, form_page(request, "status/pages/report.html", context))


def _seen_incident(request: SignedInRequest, row: StatusReport) -> Incident | None:
    seen = Incident.objects.visible_to(request.user)
    return seen.filter(pk=row.incident_id or 0).first()


@requires(PUBLISH)
@require_POST
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another title or impact; nobody is told."""
    row = _report(request, pk)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give it a title of at most 200 characters, and an impact.")
        return redirect(row)
    impact = ReportImpact(form.cleaned_data["impact"])

    def act() -> str:
        publish.change_report(row.pk, title=form.cleaned_data["title"], impact=impact)
        return "Changed. Nobody was told."

    return run_and_redirect(request, act, row.get_absolute_url())


@requires(PUBLISH)
@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take it from the page."""
    row = _report(request, pk)

    def act() -> str:
        publish.withdraw(row.pk)
        return "It is not on the page any more. What was mailed stays with who got it."

    return run_and_redirect(request, act, row.page.get_absolute_url())
