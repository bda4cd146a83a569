"""Security of an integration: signatures, allowed networks, credentials, and the rate limit."""

import secrets
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from incidents.views.base import SignedInRequest, process_form, run_and_redirect
from integrations.models import Integration
from integrations.pages.access import changes_one
from integrations.pages.integration.detail import show
from integrations.pages.integration.security_forms import (
    CredentialsForm,
    NetworksForm,
    RateForm,
    SignatureForm,
)
from integrations.setup import edit, security

SECRET_BYTES = 32


@changes_one
def change_signature(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Set, add or remove a secret. A generated one is shown in this response and never again."""
    do = request.POST.get("do", "replace")
    if do == "clear":
        security.change_signature(integration.pk, "", "")
        messages.success(request, "Unsigned messages are accepted again.")
        return _back(integration)
    form = SignatureForm(request.POST)

    def save() -> HttpResponse:
        changed, generated = _sign(integration, form, do)
        if generated:
            return show(request, changed, shown_secret=generated)
        messages.success(request, "Saved. Messages without this signature are rejected now.")
        return _back(integration)

    again = partial(show, request, integration, signature_form=form)
    return process_form(form, save, again, field="secret")


def _sign(integration: Integration, form: SignatureForm, do: str) -> tuple[Integration, str]:
    """The integration with the change, and the secret if one was generated, else ''."""
    provider, given = form.cleaned_data["provider"], form.cleaned_data["secret"]
    if do == "save" and integration.has_signature_secret:
        return security.change_signature(integration.pk, provider, form=form.described), ""
    if do == "add":
        own = form.described
        changed, text = security.add_secret(integration.pk, given, provider=provider, form=own)
        return changed, "" if given else text
    made = "" if given or not form.needs_secret else secrets.token_urlsafe(SECRET_BYTES)
    secret = given or made
    return security.change_signature(integration.pk, provider, secret, form.described), made


@changes_one
def remove_secret(request: SignedInRequest, integration: Integration) -> HttpResponse:
    def remove() -> str:
        security.remove_secret(integration.pk, request.POST.get("secret", ""))
        return "Removed: messages signed with it are rejected from now on."

    return run_and_redirect(request, remove, _url(integration))


@changes_one
def change_networks(request: SignedInRequest, integration: Integration) -> HttpResponse:
    form = NetworksForm(request.POST)

    def save() -> HttpResponse:
        security.change_networks(integration.pk, form.cleaned_data["networks"])
        messages.success(request, "The allowed networks are saved.")
        return _back(integration)

    return process_form(form, save, partial(show, request, integration, networks_form=form))


@changes_one
def change_credentials(request: SignedInRequest, integration: Integration) -> HttpResponse:
    form = CredentialsForm(request.POST, has_password=integration.has_basic_password)

    def save() -> HttpResponse:
        security.change_credentials(integration.pk, **form.changes)
        messages.success(request, "The credentials are saved.")
        return _back(integration)

    return process_form(form, save, partial(show, request, integration, credentials_form=form))


@changes_one
def change_rate(request: SignedInRequest, integration: Integration) -> HttpResponse:
    form = RateForm(request.POST)

    def save() -> HttpResponse:
        edit.change_rate_limit(integration.pk, form.cleaned_data["rate_limit"])
        messages.success(request, "The rate limit is saved.")
        return _back(integration)

    return process_form(form, save, partial(show, request, integration, rate_form=form))


@changes_one
def change_replays(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Whether a signed message that comes again may open an alert."""

    def save() -> str:
        refuses = request.POST.get("refuses") == "1"
        edit.change_basics(integration.pk, refuses_replays=refuses)
        return "Replays open nothing." if refuses else "A message that comes again may open."

    return run_and_redirect(request, save, _url(integration))


def _url(integration: Integration) -> str:
    return reverse("integration", args=[integration.pk]) + "#security"


def _back(integration: Integration) -> HttpResponse:
    return redirect(_url(integration))
