"""What the panel Trust does: whom an integration believes, and how much at once."""

import secrets

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse

from incidents.errors import DomainError
from integrations.pages.access import changes_one
from integrations.pages.integration.detail import show
from integrations.pages.integration.security_forms import (
    CredentialsForm,
    NetworksForm,
    RateForm,
    SignatureForm,
)
from integrations.setup import edit, security

UNPROCESSABLE = 422


@changes_one
def change_signature(request, integration):
    """Set, add or remove a secret. One that was made up is in this answer, and nowhere else."""
    do = request.POST.get("do", "replace")
    if do == "clear":
        security.change_signature(integration.pk, "", "")
        messages.success(request, "Unsigned messages are taken again.")
        return _back(integration)
    form = SignatureForm(request.POST)
    if not form.is_valid():
        return show(request, integration, signature_form=form, status=UNPROCESSABLE)
    try:
        changed, made = _sign(integration, form, do)
    except DomainError as problem:
        form.add_error("secret", str(problem).partition(": ")[2] or str(problem))
        return show(request, integration, signature_form=form, status=UNPROCESSABLE)
    if made:
        return show(request, changed, shown_secret=made)
    messages.success(request, "Saved. What is not signed so is refused from now on.")
    return _back(integration)


def _sign(integration, form, do):
    """The row as it is then, and the secret where one was made up."""
    provider, given = form.cleaned_data["provider"], form.cleaned_data["secret"]
    if do == "save" and integration.signature_secret:
        return security.change_signature(integration.pk, provider, form=form.described), ""
    if do == "add":
        own = form.described
        changed, text = security.add_secret(integration.pk, given, provider=provider, form=own)
        return changed, "" if given else text
    made = "" if given or not form.needs_secret else secrets.token_urlsafe(32)
    secret = given or made
    return security.change_signature(integration.pk, provider, secret, form.described), made


@changes_one
def remove_secret(request, integration):
    try:
        security.remove_secret(integration.pk, request.POST.get("secret", ""))
        messages.success(request, "It is removed: what is signed with it is refused from now on.")
    except DomainError as problem:
        messages.error(request, str(problem))
    return _back(integration)


@changes_one
def change_networks(request, integration):
    form = NetworksForm(request.POST)
    if not form.is_valid():
        return show(request, integration, networks_form=form, status=UNPROCESSABLE)
    security.change_networks(integration.pk, form.cleaned_data["networks"])
    messages.success(request, "The allowed networks are saved.")
    return _back(integration)


@changes_one
def change_credentials(request, integration):
    form = CredentialsForm(request.POST)
    if not form.is_valid() or not form.require_password(bool(integration.basic_password)):
        return show(request, integration, credentials_form=form, status=UNPROCESSABLE)
    security.change_credentials(integration.pk, **form.changes)
    messages.success(request, "The credentials are saved.")
    return _back(integration)


@changes_one
def change_rate(request, integration):
    form = RateForm(request.POST)
    if not form.is_valid():
        return show(request, integration, rate_form=form, status=UNPROCESSABLE)
    edit.change_rate_limit(integration.pk, form.cleaned_data["rate_limit"])
    messages.success(request, "The rate limit is saved.")
    return _back(integration)


def _back(integration):
    return redirect(reverse("integration", args=[integration.pk]) + "#trust")
