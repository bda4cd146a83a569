"""Basic Settings of a new integration."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from incidents.views.base import SignedInRequest, View, form_page, process_form
from integrations.catalog import find
from integrations.inference import LEARNING_TEMPLATES
from integrations.models import Integration
from integrations.pages.access import administers
from integrations.pages.chat import views as chat
from integrations.pages.integration.forms import FREE_FIELDS, BasicForm, FieldMappingForm
from integrations.pages.integration.new import create_from, first_service
from integrations.pages.mail import views as mail

PAGES_OF_KINDS: dict[str, View] = {
    Integration.Kind.EMAIL: mail.new_email,
    Integration.Kind.CHAT: chat.new_chat,
}


@administers
def new_integration(request: SignedInRequest, template: str) -> HttpResponse:
    """The form of a template; SUBMIT creates the integration and opens its page."""
    known = find(template)
    if known is None:
        raise Http404
    if page := PAGES_OF_KINDS.get(known.kind):
        return page(request, known.slug)
    data = request.POST or None
    form = BasicForm(data, initial={"name": known.name, "service": first_service()})
    fields = FieldMappingForm(data) if known.slug == FREE_FIELDS else None

    def create() -> HttpResponse:
        own = {"field_mapping": fields.cleaned_data if fields else None}
        integration = create_from(form, known, request.user, **own)
        if request.POST.get("then") == "teach":
            return redirect("integration_learn", integration.pk)
        messages.success(request, f"{integration.name} is ready. Copy its URL into {known.name}.")
        return redirect(integration)

    context = {
        "title": f"New {known.name} integration",
        "template": known,
        "form": form,
        "fields_form": fields,
        "is_taught": known.slug in LEARNING_TEMPLATES,
    }
    show = form_page(request, "integrations/integration_new.html", context)
    return process_form([form, *([fields] if fields else [])], create, show)
