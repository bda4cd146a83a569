"""Import from another pager: upload or key, plan, choices, apply with progress, report."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.errors import DomainError
from incidents.models import User
from incidents.views.base import (
    SignedInRequest,
    Underway,
    process_form,
    requires,
    run_and_redirect,
)
from integrations.importers.plan import Verdict
from integrations.importers.sources import PAGERS, label_of
from integrations.models import IMPORT, ImportRun
from integrations.pages.imports import rows
from integrations.pages.imports.forms import StartForm
from integrations.setup.imports import invitations, proofs, report, runs
from opsportal.lib import pages
from opsportal.lib.encryption import SecretUnreadable

MAX_RUNS_SHOWN = 50
MAX_QUESTIONS = 200
CHOICE = "choice:"  # prefix of the fields of a form that answer


@requires(IMPORT)
def imports(request: SignedInRequest) -> HttpResponse:
    """The form, and the imports so far."""
    form = StartForm(request.POST or None, request.FILES or None)
    runs_so_far = ImportRun.objects.visible_to(request.user).defer("files", "report", "proof")
    context = {
        "title": "Import",
        "form": form,
        "pagers": PAGERS.values(),
        "runs": runs_so_far.select_related("made_by")[:MAX_RUNS_SHOWN],
    }

    def start() -> HttpResponse:
        found = form.cleaned_data
        if files := found.get("files"):
            name = found["file"].name
            return redirect(runs.start_run(found["source"], name, files, by=request.user))
        address = form.address_to_read
        run = runs.start_reading(found["source"], address, found["key"], by=request.user)
        return redirect(run)

    def show(status: int = 200) -> HttpResponse:
        return pages.render_page(request, "imports/list.html", context, status=status)

    return process_form(form, start, show)


@requires(IMPORT)
@require_safe
def import_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """The plan of an import that was not applied, or its report."""
    run = _run(request, pk)
    context: dict[str, Any] = {"title": f"Import from {label_of(run.source)}", "run": run}
    context["is_busy"] = is_busy = run.state in (
        ImportRun.State.FETCHING,
        ImportRun.State.APPLYING,
    )
    if pages.is_partial(request):
        response = render(request, "imports/_busy.html", context)
        if not is_busy:
            response["HX-Refresh"] = "true"  # The whole page: it shows other things now.
        return response
    if run.state in (ImportRun.State.PLANNED, ImportRun.State.APPLIED):
        context |= _details(request, run)
    return pages.render_page(request, "imports/run.html", context)


@requires(IMPORT)
@require_POST
def choose(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep the answers; the plan that follows is by them."""
    run = _run(request, pk)
    answers = {
        name.removeprefix(CHOICE): str(value)[:200]
        for name, value in request.POST.items()
        if name.startswith(CHOICE)
    }

    def save() -> str:
        runs.choose(run, answers)
        return "Kept. The plan below is by these answers."

    return run_and_redirect(request, save, run)


@requires(IMPORT)
@require_POST
def apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a worker apply it; the page shows how far it is."""
    run = _run(request, pk)

    def start() -> str:
        runs.start_applying(run, by=request.user)
        return Underway("It is being applied.")

    return run_and_redirect(request, start, run)


@requires(IMPORT)
@require_POST
def compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """Compare once more who is on call here with what the other pager said."""
    run = _run(request, pk)

    def prove() -> str:
        runs.prove_now(run.pk, runs.export_of(run))
        return "Compared with the schedules as they are now."

    return run_and_redirect(request, prove, run)


@requires(IMPORT)
@require_POST
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mail a link to set a password to whoever this import added and cannot log in yet."""
    run = _run(request, pk)

    def send() -> str:
        count = invitations.start_inviting(run, by=request.user)
        return Underway(f"{count} are being invited by mail.")

    return run_and_redirect(request, send, run)


@requires(IMPORT)
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Forget the files, the answers and the report. What was imported stays."""
    run = _run(request, pk)
    if run.is_under_way:
        messages.error(request, "The import is under way: wait until it has ended.")
        return redirect(run)
    run.delete()
    messages.success(request, "The files and the report are deleted. What was imported stays.")
    return redirect("imports")


@requires("incidents.Export_GlobalAccess")
@require_safe
def report_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """The report as JSON; it holds no secrets."""
    run = _run(request, pk)
    document = {
        "source": run.source,
        "name": run.name,
        "state": run.state,
        "made_at": run.made_at.isoformat(),
        "applied_at": run.applied_at.isoformat() if run.applied_at else None,
        "counts": report.counts(run.report),
        "rows": run.report,
        "proof": run.proof,
    }
    response = HttpResponse(
        json.dumps(document, indent=2, ensure_ascii=False), content_type="application/json"
    )
    day = timezone.localdate(run.made_at).isoformat()
    name = f"import-{run.source}-{day}-{run.pk}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _run(request: SignedInRequest, pk: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(request.user), pk=pk)


def _details(request: SignedInRequest, run: ImportRun) -> dict[str, Any]:
    """The plan, or the report; nothing of it where the files cannot be read any more."""
    is_applied = run.state == ImportRun.State.APPLIED
    try:
        export = runs.export_of(run)
    except (SecretUnreadable, DomainError) as error:
        return {"problems": [str(error)], "is_applied": is_applied}
    found = [report.row_of(line) for line in runs.plan_of(run, export)]
    told, questions = run.report if is_applied else found, rows.asked(found)
    verdict = request.GET.get("verdict", "")
    verdict = verdict if verdict in set(Verdict) else ""
    return {
        "problems": export.problems,
        "is_applied": is_applied,
        "groups": rows.shown(told, verdict),
        "verdicts": rows.verdict_counts(report.counts(told), verdict),
        "verdict": verdict,
        "questions": questions[:MAX_QUESTIONS],
        "more_questions": max(0, len(questions) - MAX_QUESTIONS),
        "people": User.objects.active().order_by("name", "email"),
        "proof": run.proof if is_applied else proofs.preview(export),
        "pending": sum(1 for row in found if row["action"] != "nothing"),
        "reach": invitations.reach_of(run) if is_applied else None,
    }
