"""The sequence numbers of the integrations on one URL."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from incidents.views.base import SignedInRequest
from integrations.models import Integration
from integrations.pages.access import changes_one
from integrations.pages.integration.forms import BasicForm
from integrations.setup import edit


@changes_one
def change(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """New numbers for all of them at once."""
    rows = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    fields = {f"sequence.{row.pk}": BasicForm.base_fields["sequence"] for row in rows}
    form = type("Order", (forms.Form,), fields)(request.POST)
    if not form.is_valid():
        messages.error(request, "A sequence is a number from 0 to 1000: nothing was changed.")
        return redirect(integration)
    with transaction.atomic():
        for row in rows:
            if row.sequence != (wanted := form.cleaned_data[f"sequence.{row.pk}"]):
                edit.change_basics(row.pk, sequence=wanted)
    messages.success(request, "The order is saved. It applies from the next message on.")
    return redirect(integration)
