"""Advanced Settings: what the five panels show, preview and save."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from incidents.views.base import UNPROCESSABLE, SignedInRequest
from integrations.catalog import all_templates
from integrations.inbound.redaction import secrets_of
from integrations.models import Integration
from integrations.pages.access import changes_one
from integrations.pages.integration.detail import show
from integrations.pages.rule_editor import error_places, preview, save
from integrations.pages.rule_editor.context import MAX_EVENTS, panels_of
from integrations.pages.rule_editor.routing_preview import preview_routing
from integrations.pages.rule_editor.sample_message import look_up
from integrations.pages.rule_editor.save import Edit
from integrations.pages.rule_editor.summary import say_delay
from integrations.setup import integrations, routing
from opsportal.lib import pages

KEPT = ("shown", "event")
DIRECTORY = "integrations/rule_editor"


@changes_one
def edit_panel(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Save one panel, preview it, or draw it with a row more or less; the panel only for htmx."""
    edit = save.read(integration, request.POST)
    do = request.POST.get("do") or "save"
    if do == "save" and not edit.problems:
        _save(integration, edit)
        messages.success(request, f"{save.TITLES[edit.panel]}: saved, from the next message on.")
        return redirect(_back(integration, edit, request.POST))
    context = panels_of(integration, request.POST, edit=edit)
    if pages.is_partial(request):
        template = all_templates().get(integration.template)
        context |= {"integration": integration, "template": template}
        return render(request, f"{DIRECTORY}/_{edit.panel}.html", context)
    status = UNPROCESSABLE if edit.problems and do in ("save", "preview") else 200
    return show(request, integration, status=status, **context)


@changes_one
def preview_panel(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """What the rules being typed make of the chosen message, as JSON for rule_editor.js."""
    edit = save.read(integration, request.POST)
    shown = look_up(integration, request.POST.get("shown", ""), request.POST.get("pasted", ""))
    event = pages.parse_index(request.POST.get("event"), MAX_EVENTS) or 0
    result = preview.run(edit.rules, shown, event=event, secrets=secrets_of(integration))
    problems = error_places.placed(edit.problems, edit.posted, save.spots(edit))
    values = {} if preview.is_other_shape(result, edit) else preview.values_of(result, edit.posted)
    found = {
        "values": values,
        "problems": {name: _drawn("_problems", problems=rows) for name, rows in problems.items()},
        "verdict": _drawn("_verdict", **preview.verdict(result, edit)),
        "filters": _drawn("_filter_verdict", preview=result),
        "tree": _drawn("_tree", preview=result),
        "says": say_delay(edit.routing),
        **preview_routing(edit.routing, result, timezone.now()),
    }
    return JsonResponse(found)


@transaction.atomic
def _save(integration: Integration, edit: Edit) -> None:
    if edit.rules != integration.rules:
        integrations.change_rules(integration.pk, edit.rules)
    if edit.routing != integration.routing:
        routing.change_routing(integration.pk, edit.routing)


def _back(integration: Integration, edit: Edit, post: QueryDict) -> str:
    kept = {name: value for name in KEPT if (value := post.get(name))}
    shape = {} if edit.shape is None else {"shape": str(edit.shape)}
    query = urlencode({"panel": edit.panel, **shape, **kept})
    return f"{reverse('integration', args=[integration.pk])}?{query}#panel-{edit.panel}"


def _drawn(name: str, **context: Any) -> str:
    return render_to_string(f"{DIRECTORY}/{name}.html", context)
