"""Rotate a token: for how long its predecessor stays valid is asked first."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from incidents.overlap_form import OverlapForm
from incidents.views.base import SignedInRequest, form_page, process_form
from integrations.models import Integration
from integrations.pages.access import administers, changes_one
from integrations.setup import rotation
from opsportal.lib.durations import format_duration


@administers
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for how long the old URL is taken, then make a new token."""
    integration = get_object_or_404(Integration.objects.visible_to(request.user), pk=pk)
    form = OverlapForm(request.POST or None)

    def save() -> HttpResponse:
        overlap = form.cleaned_data["overlap"]
        rotation.rotate_token(integration.pk, overlap=overlap)
        old = f"The old ones are valid for {format_duration(overlap.total_seconds())}."
        if not overlap:
            old = "The old ones open nothing any more."
        messages.success(request, f"The URL and the key are new. Copy them into the tool. {old}")
        return redirect(integration)

    context = {
        "title": f"Rotate the token: {integration.name}",
        "integration": integration,
        "form": form,
        "keys": rotation.keys_of(integration),
        "back": reverse("integration", args=[integration.pk]),
    }
    show = form_page(request, "integrations/integration_rotate.html", context)
    return process_form(form, save, show)


@changes_one
def end(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """End a replaced key before its time."""
    number = request.POST.get("key", "")
    if number.isascii() and number.isdecimal():
        rotation.end_key(integration.pk, int(number[:15]))
        messages.success(request, "The old key opens nothing any more.")
    return redirect(integration)
