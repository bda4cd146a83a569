"""What the forms and buttons of the saved page do."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from incidents.views.base import SignedInRequest, process_form
from integrations.models import Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.integration.detail import previews, show
from integrations.pages.integration.forms import BasicForm, FieldMappingForm, RulesForm
from integrations.pages.integration.new import take_service
from integrations.pages.integration.shadowing import siblings_of
from integrations.setup import edit, integrations, routing
from opsportal.lib import pages


@changes_one
def change_basics(request: SignedInRequest, integration: Integration) -> HttpResponse:
    form = BasicForm(request.POST)

    @transaction.atomic
    def save() -> HttpResponse:
        found = dict(form.cleaned_data)
        del found["mode"]
        edit.change_basics(integration.pk, service=take_service(found), **found)
        messages.success(request, "Saved. It applies from the next message on.")
        return redirect(integration)

    return process_form(form, save, partial(show, request, integration, basic_form=form))


@changes_one
def change_rules(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Save the rules, preview them on the samples, or reset them to those of the template."""
    if request.POST.get("do") == "reset":
        edit.reset_rules(integration.pk)
        messages.success(request, "The rules are those of the template again.")
        return redirect(integration)
    form = RulesForm(request.POST)
    again = partial(show, request, integration, rules_form=form, is_editing=True)

    def preview() -> HttpResponse:
        shown = previews(integration, form.cleaned_data["rules"])
        return again(previews=shown, is_preview=True)

    @transaction.atomic
    def save() -> HttpResponse:
        integrations.change_rules(integration.pk, form.cleaned_data["rules"])
        if form.cleaned_data["routing"] is not None:
            routing.change_routing(integration.pk, form.cleaned_data["routing"])
        messages.success(request, "The rules are saved. They apply from the next message on.")
        return redirect(integration)

    return process_form(form, preview if request.POST.get("do") == "preview" else save, again)


@changes_one
def change_field_mapping(request: SignedInRequest, integration: Integration) -> HttpResponse:
    form = FieldMappingForm(request.POST)

    def save() -> HttpResponse:
        edit.change_field_mapping(integration.pk, form.cleaned_data)
        messages.success(request, "The field mapping is saved.")
        return redirect(integration)

    return process_form(form, save, partial(show, request, integration, fields_form=form))


@changes_one
def clone(request: SignedInRequest, integration: Integration) -> HttpResponse:
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
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask first, then delete it; its messages stay in the log."""
    integration = get_object_or_404(Integration.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        edit.delete_integration(integration.pk)
        messages.success(request, f"{integration.name} is deleted. Its messages stay in the log.")
        return redirect("integrations")
    return _ask(request, integration, "integrations/integration_delete.html", "Delete")


def _ask(
    request: SignedInRequest, integration: Integration, template: str, what: str
) -> HttpResponse:
    """The page that asks before something that cannot be undone."""
    context = {
        "title": f"{what}: {integration.name}",
        "integration": integration,
        "back": reverse("integration", args=[integration.pk]),
    }
    return pages.render_page(request, template, context)
