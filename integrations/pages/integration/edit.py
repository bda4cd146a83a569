"""What the forms and buttons of the saved page do."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html

from incidents.actions import settings
from incidents.errors import DomainError
from incidents.models import Service
from integrations.catalog import all_templates
from integrations.models import InboundMessage, Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.integration.detail import previews, show
from integrations.pages.integration.forms import BasicForm, FieldMappingForm, RulesForm
from integrations.pages.integration.shadowing import siblings_of
from integrations.setup import edit, integrations, replay
from integrations.setup import routing as integration_routing
from opsportal.lib import pages

Status = InboundMessage.Status
UNPROCESSABLE = 422


@changes_one
def change_basics(request, integration):
    form = BasicForm(request.POST)
    if not form.is_valid():
        return show(request, integration, basic_form=form, status=UNPROCESSABLE)
    found = dict(form.cleaned_data)
    del found["mode"]
    name = found.pop("new_service")
    with transaction.atomic():
        found["service"] = found["service"] or settings.save_service(Service(name=name))
        edit.change_basics(integration.pk, **found)
    messages.success(request, "Saved. It holds from the next message on.")
    return redirect(integration)


@changes_one
def change_rules(request, integration):
    """Save the rules, show what they would make of the samples, or take the template's again."""
    if request.POST.get("do") == "reset":
        edit.reset_rules(integration.pk)
        messages.success(request, "The rules are those of the template again.")
        return redirect(integration)
    form = RulesForm(request.POST)
    if not form.is_valid():
        return show(request, integration, rules_form=form, is_editing=True, status=UNPROCESSABLE)
    rules = form.cleaned_data["rules"]
    if request.POST.get("do") == "preview":
        template = all_templates().get(integration.template)
        shown = previews(integration, template, rules)
        return show(
            request, integration, rules_form=form, previews=shown, is_trying=True, is_editing=True
        )
    routing = form.cleaned_data["routing"]
    with transaction.atomic():
        integrations.change_rules(integration.pk, rules)
        if routing is not None:
            integration_routing.change_routing(integration.pk, routing)
    messages.success(request, "The rules are saved. They hold from the next message on.")
    return redirect(integration)


@changes_one
def change_field_mapping(request, integration):
    form = FieldMappingForm(request.POST)
    if not form.is_valid():
        return show(request, integration, fields_form=form, status=UNPROCESSABLE)
    edit.change_field_mapping(integration.pk, form.cleaned_data)
    messages.success(request, "The field mapping is saved.")
    return redirect(integration)


@changes_one
def test(request, integration):
    """Post a sample through the real path, and say where to look."""
    try:
        found = replay.send_sample(integration.pk, request.POST.get("sample") or "open")
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(integration)
    link = format_html('<a href="{}">Click here</a>', found.get_absolute_url())
    status = " ".join(filter(None, [found.get_status_display(), found.action]))
    if found.status in (Status.FAILED, Status.REJECTED):
        text = "The sample was stored and is {}: {} {} to see it in the Inbound Log."
        messages.error(request, format_html(text, status, found.reason, link))
    else:
        text = "Success: the sample went the whole way and is {}. {} to see it in the Inbound Log."
        messages.success(request, format_html(text, status, link))
    return redirect(integration)


@changes_one
def clone(request, integration):
    copy = edit.clone_integration(integration.pk, by=request.user)
    messages.success(
        request,
        f"A copy on the same URL, with sequence {copy.sequence}. The lowest that accepts a "
        "message takes it: give each a filter of its own.",
    )
    if reason := siblings_of(copy)["shadow"]:
        messages.warning(request, f"The copy receives nothing yet: {reason}")
    return redirect(f"{copy.get_absolute_url()}?panel=filters#panel-filters")


@administers
def rotate(request, pk):
    """Ask first: the old URL opens nothing from then on."""
    integration = get_object_or_404(Integration.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        integrations.rotate_token(integration.pk)
        messages.success(request, "The URL and the key are new. Copy them into the tool.")
        return redirect(integration)
    return _ask(request, integration, "integrations/integration_rotate.html", "Rotate the token")


@administers
def delete(request, pk):
    """Ask first; the messages stay in the log."""
    integration = get_object_or_404(Integration.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        edit.delete_integration(integration.pk)
        messages.success(request, f"{integration.name} is deleted. Its messages stay in the log.")
        return redirect("integrations")
    return _ask(request, integration, "integrations/integration_delete.html", "Delete")


def _ask(request, integration, template, what):
    context = {
        "title": f"{what}: {integration.name}",
        "integration": integration,
        "back": reverse("integration", args=[integration.pk]),
    }
    return pages.page(request, template, context)
