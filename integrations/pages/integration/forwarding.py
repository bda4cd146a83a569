"""Forwarding to the old pager: the card on the page of an integration, and the report."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.views.base import SignedInRequest, process_form, run_and_redirect
from integrations.forwarding.report import compare
from integrations.models import Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.integration.detail import show
from integrations.pages.integration.forwarding_form import ForwardingForm
from integrations.pages.log.queries import TIME_RANGES
from integrations.setup import forwarding
from opsportal.lib import pages

USUAL_RANGE = "week"


@changes_one
def change(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Forward from now on, or change how."""
    form = ForwardingForm(request.POST, integration=integration, viewer=request.user)

    def save() -> HttpResponse:
        forwarding.change_forwarding(integration.pk, **form.changes)
        messages.success(request, "Saved: what is posted from now on is forwarded.")
        return redirect(_url(integration))

    return process_form(form, save, partial(show, request, integration, forwarding_form=form))


@changes_one
def stop(request: SignedInRequest, integration: Integration) -> HttpResponse:
    def end() -> str:
        forwarding.stop_forwarding(integration.pk)
        return "Nothing is forwarded any more; the address and the key are forgotten."

    return run_and_redirect(request, end, _url(integration))


@administers
@require_safe
def report(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where both would page differently; ``span`` is one of TIME_RANGES."""
    row = get_object_or_404(Integration.objects.visible_to(request.user), pk=pk)
    chosen = request.GET.get("span", USUAL_RANGE)
    label, span = TIME_RANGES.get(chosen, TIME_RANGES[USUAL_RANGE])
    now = timezone.now()
    context: dict[str, Any] = {
        "title": "Here and at the old pager",
        "integration": row,
        "report": compare(row, now - span, now + timedelta(seconds=1), now),
        "spans": [(key, words) for key, (words, _) in TIME_RANGES.items()],
        "chosen": chosen if chosen in TIME_RANGES else USUAL_RANGE,
        "label": label,
    }
    return pages.render_page(request, "integrations/forwards.html", context)


def _url(integration: Integration) -> str:
    return reverse("integration", args=[integration.pk]) + "#forwarding"
