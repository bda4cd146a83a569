"""The key of another pager becomes that of an integration."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from incidents.views.base import SignedInRequest, process_form
from integrations.models import Integration
from integrations.pages.access import changes_one
from integrations.pages.integration.adopt_form import AdoptForm
from integrations.pages.integration.detail import show
from integrations.setup import adopt_key


@changes_one
def adopt(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Accept the key that the tools already have as the key of this integration."""
    form = AdoptForm(request.POST, integration_id=integration.pk)

    def save() -> HttpResponse:
        adopt_key.adopt_token(integration.pk, form.cleaned_data["token"])
        messages.success(
            request, "The key is kept. Let the host name of the other pager point to this portal."
        )
        return redirect(integration)

    return process_form(form, save, partial(show, request, integration, adopt_form=form))
