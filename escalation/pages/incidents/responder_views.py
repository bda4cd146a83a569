"""The page on which others are brought in: asked, or paged by a play or by another policy."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from escalation.actions import add_responders
from escalation.actions import promote as promotion
from escalation.pages.incidents.announcements import describe_paging
from escalation.pages.incidents.incident_forms import AskForm, PlayForm, PromoteForm
from incidents.actions import responder_requests
from incidents.choices import RequestAnswer
from incidents.errors import DomainError
from incidents.models import Incident
from incidents.views.base import SignedInRequest, Underway, run_and_redirect
from incidents.views.incident import responding
from incidents.views.incident_edit import respondable
from opsportal.lib import pages


@pages.signed_in()
@require_safe
def responders(request: SignedInRequest, pk: int) -> HttpResponse:
    row = respondable(request, pk)
    if row.is_resolved:
        return redirect(row)
    viewer = request.user
    context = {
        "title": f"Add responders to #{row.pk}",
        "incident": row,
        "ask_form": AskForm(viewer=viewer, auto_id="ask_%s"),
        "play_form": PlayForm(viewer=viewer, auto_id="play_%s"),
        "promote_form": PromoteForm(viewer=viewer, auto_id="promote_%s"),
    }
    return pages.render_page(request, "escalation/incident_responders.html", context)


@responding
def ask(request: SignedInRequest, row: Incident) -> str:
    said = _said(AskForm(request.POST, viewer=request.user))
    add_responders.ask(row.pk, **said, by=request.user, via="web")
    return Underway("They are asked; whether it arrives is shown below.")


@pages.signed_in()
@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
    said = request.POST.get("answer", "")

    def save() -> str:
        responder_requests.answer(row.pk, said, by=request.user, via="web")
        return f"You have {RequestAnswer(said).label.lower()}."

    return run_and_redirect(request, save, row)


@responding
def run_play(request: SignedInRequest, row: Incident) -> str:
    play = _said(PlayForm(request.POST, viewer=request.user))["play"]
    promotion.run_play(row.pk, play, by=request.user, via="web")
    return describe_paging(row, f"#{row.pk} pages by {play} from now on")


@responding
def promote(request: SignedInRequest, row: Incident) -> str:
    form = PromoteForm(request.POST, viewer=request.user)
    policy = _said(form)["policy"]
    promotion.promote(row.pk, policy, recipients=form.recipients, by=request.user, via="web")
    return describe_paging(row, f"#{row.pk} pages by {policy} from now on")


def _said(form: forms.Form) -> dict:  # type: ignore[type-arg]
    """What the form says. Raises DomainError with the first thing that is wrong."""
    if not form.is_valid():
        raise DomainError(str(next(iter(form.errors.values()))[0]))
    return form.cleaned_data
