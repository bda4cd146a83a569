"""Basic Settings of a new integration."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect

from incidents.actions import settings
from incidents.models import Service
from integrations.catalog import find
from integrations.inference import LEARNING_TEMPLATES
from integrations.models import Integration
from integrations.pages.access import administers
from integrations.pages.chat import views
from integrations.pages.integration.forms import FREE_FIELDS, BasicForm, FieldMappingForm
from integrations.pages.mail import views as mail
from integrations.setup import integrations
from opsportal.lib import pages

UNPROCESSABLE = 422


@administers
def new_integration(request, template):
    """Ask for the Basic Settings; SUBMIT makes it and opens its saved page."""
    known = find(template)
    if known is None:
        raise Http404
    if known.kind == Integration.Kind.EMAIL:
        return mail.new_email(request, known.slug)
    if known.kind == Integration.Kind.CHAT:
        return views.new_chat(request, known.slug)
    data = request.POST or None
    form = BasicForm(data, initial=_initial(known))
    fields = FieldMappingForm(data) if known.slug == FREE_FIELDS else None
    if request.method == "POST" and form.is_valid() and (fields is None or fields.is_valid()):
        integration = _create(known, form, fields, request.user)
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
    status = UNPROCESSABLE if request.method == "POST" else 200
    return pages.page(request, "integrations/integration_new.html", context, status=status)


def _initial(template):
    services = Service.objects.all()[:2]
    only = services[0] if len(services) == 1 else None
    return {"name": template.name, "service": only if services else "new"}


@transaction.atomic
def _create(template, form, fields, user):
    found = dict(form.cleaned_data)
    name = found.pop("new_service")
    service = found.pop("service") or settings.save_service(Service(name=name))
    found.pop("mode")
    return integrations.create_integration(
        template.slug,
        service=service,
        by=user,
        field_mapping=fields.cleaned_data if fields else None,
        **found,
    )
