"""What one has opted out of: added and removed on one's own page."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from incidents.models import Service
from incidents.models.people import UPDATE_OWN_NOTIFICATIONS
from incidents.views.base import SignedInRequest, requires_of_oneself
from integrations.models import Integration
from integrations.setup import opt_outs
from integrations.setup.opt_out_form import OptOutForm

ANCHOR = "/me/#opt-outs"


def row_of(kind: str, pk: int | str) -> Service | Integration:
    """The service or integration of a kind and an id. Raises Http404."""
    if kind == "service":
        return get_object_or_404(Service, pk=pk)
    if kind == "integration":
        return get_object_or_404(Integration, pk=pk)
    raise Http404


@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_POST
def add(request: SignedInRequest) -> HttpResponse:
    form = OptOutForm(request.POST, user=request.user)
    if form.is_valid():
        what = row_of(*form.cleaned_data["what"].split(":"))
        opt_outs.opt_out(request.user, what)
        said = f"Low urgency and news of {what} are only shown here from now on."
        messages.success(request, said)
    else:
        messages.error(request, "Choose a service or an integration that you see.")
    return redirect(ANCHOR)


@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_POST
def remove(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    what = row_of(kind, pk)
    opt_outs.opt_in(request.user, what)
    messages.success(request, f"You are told of {what} as of all others.")
    return redirect(ANCHOR)
