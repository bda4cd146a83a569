"""One's own contact methods: added, verified, tested, changed, removed."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from incidents.errors import DomainError
from incidents.models.people import UPDATE_OWN_NOTIFICATIONS
from incidents.views.base import (
    SignedInRequest,
    Underway,
    View,
    form_page,
    process_form,
    requires_of_oneself,
    run_and_redirect,
)
from notifications import address_codes
from notifications.actions import contact_methods, preferences, settings
from notifications.actions.devices import CHANNEL
from notifications.actions.find_address import find_address
from notifications.forms import CodeForm, MethodForm, address_form, channels_for_people
from notifications.guides import guide
from notifications.models import ContactMethod
from notifications.provider_accounts import carries
from notifications.views import devices

MAX_LABEL_CHARS = 100


@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest, channel: str) -> HttpResponse:
    if channel not in channels_for_people():
        raise Http404
    form = address_form(channel, request.POST or None)
    if not form.is_bound:  # A bot leads people here with the address that it has seen.
        form.initial = {name: request.GET[name] for name in form.fields if name in request.GET}
    if "find" in request.GET and not form.is_bound:
        try:
            form.initial = find_address(channel, request.user.email)
        except DomainError as problem:
            messages.error(request, str(problem))

    def create() -> HttpResponse:
        label = request.POST.get("label", "")[:MAX_LABEL_CHARS]
        method = contact_methods.add_contact_method(
            request.user, channel, form.cleaned_data, label=label
        )
        if not method.is_verified:
            contact_methods.send_code(method.pk)
            messages.info(request, f"A code is on its way to {method.address}.")
        return redirect("me")

    kind = channels_for_people()[channel]
    context = {
        "title": f"Add: {kind.label}",
        "form": form,
        "channel": channel,
        "guide": guide(kind.label),
        "kind": kind,
        "is_carried": not kind.has_provider or carries(channel),
        "link": address_codes.link_for(request.user.pk, channel),
    }
    if channel == CHANNEL:
        context["device"] = devices.browser_context(request.user)
    return process_form(form, create, form_page(request, "notifications/method_new.html", context))


def mine(act: Callable[[SignedInRequest, ContactMethod], str]) -> View:
    """A view that does one thing to one of one's own contact methods, and redirects back."""

    @requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
    @require_POST
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        method = get_object_or_404(request.user.contact_methods, pk=pk)
        return run_and_redirect(request, lambda: act(request, method), "me")

    return cast(View, view)


@mine
def send_code(request: SignedInRequest, method: ContactMethod) -> str:
    contact_methods.send_code(method.pk)
    return Underway(f"A code is on its way to {method.address}. It is valid for 15 minutes.")


@mine
def confirm(request: SignedInRequest, method: ContactMethod) -> str:
    form = CodeForm(request.POST)
    if not form.is_valid():
        raise DomainError("Type the code that was sent.")
    contact_methods.confirm(method.pk, form.cleaned_data["code"])
    return f"{method.address} is verified: pages may go there."


@mine
def test(request: SignedInRequest, method: ContactMethod) -> str:
    contact_methods.send_test(method_id=method.pk)
    return Underway(
        f"A test is on its way to {method.address}, by the path that pages take. Whether it was "
        "sent is shown below."
    )


@mine
def change(request: SignedInRequest, method: ContactMethod) -> str:
    form = MethodForm(request.POST, instance=method, prefix=f"m{method.pk}")
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        raise DomainError(" ".join(errors))
    settings.change_contact_method(method.pk, **form.cleaned_data)
    return f"{method} is changed."


@mine
def switch(request: SignedInRequest, method: ContactMethod) -> str:
    is_on = request.POST.get("on") == "1"
    settings.change_contact_method(method.pk, is_enabled=is_on)
    return f"{method} is {'used again' if is_on else 'not used for now'}."


@mine
def remove(request: SignedInRequest, method: ContactMethod) -> str:
    name = str(method)
    preferences.remove_contact_method(method.pk)
    return f"{name} is removed."
