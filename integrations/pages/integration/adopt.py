"""The key of another pager becomes that of an integration."""

from django.contrib import messages
from django.shortcuts import redirect

from integrations.pages.access import changes_one
from integrations.pages.integration.adopt_form import AdoptForm
from integrations.pages.integration.detail import show
from integrations.setup import adopt_key

UNPROCESSABLE = 422


@changes_one
def adopt(request, integration):
    """What its tools have as an address opens this integration from now on."""
    form = AdoptForm(request.POST, integration_id=integration.pk)
    if not form.is_valid():
        return show(request, integration, adopt_form=form, status=UNPROCESSABLE)
    adopt_key.adopt_token(integration.pk, form.cleaned_data["token"])
    messages.success(
        request, "The key is kept. Let the host name of the other pager point to this portal."
    )
    return redirect(integration)
