"""What one has opted out of: added and removed on one's own page."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from incidents.forms import offer_choices
from incidents.models import Service, User
from incidents.models.people import UPDATE_OWN_NOTIFICATIONS
from incidents.views.base import SignedInRequest, requires_of_oneself
from integrations.models import Integration
from integrations.setup import opt_outs

ANCHOR = "/me/#opt-outs"


class OptOutForm(forms.Form):
    """One service or integration, as ``service:3``."""

    what = forms.ChoiceField(
        label="Service or integration",
        help_text="Its low urgency, and news of its incidents, become lines under the bell here. "
        "High urgency pages you all the same, and so does what you watch or are asked for by name.",
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        services = Service.objects.visible_to(user).active().exclude(opt_outs__user=user)
        ways = Integration.objects.visible_to(user).exclude(opt_outs__user=user).order_by("name")
        groups = [
            ("Services", [(f"service:{row.pk}", row.name) for row in services]),
            ("Integrations", [(f"integration:{row.pk}", row.name) for row in ways]),
        ]
        offer_choices(self, what=[(label, rows) for label, rows in groups if rows])


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
