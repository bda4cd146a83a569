"""Advanced Settings: what the five panels show, try and save."""

from django.contrib import messages
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from integrations.inbound.redaction import secrets_of
from integrations.pages.access import changes_one
from integrations.pages.integration.detail import show
from integrations.pages.rule_editor import error_places, preview, save
from integrations.pages.rule_editor.context import panels_of
from integrations.pages.rule_editor.routing_preview import led
from integrations.pages.rule_editor.sample_message import look_up
from integrations.pages.rule_editor.summary import say_delay
from integrations.setup import integrations, routing

UNPROCESSABLE = 422
KEPT = ("shown", "event")


@changes_one
def advanced(request, integration):
    """Save one panel, or show what it would do; a row more or less needs no script."""
    edit = save.read(integration, request.POST)
    wish = request.POST.get("do") or "save"
    if wish == "save" and not edit.problems:
        _save(integration, edit)
        messages.success(request, f"{save.TITLES[edit.panel]}: saved, from the next message on.")
        return redirect(_back(integration, edit, request.POST))
    status = UNPROCESSABLE if edit.problems and wish in ("save", "preview") else 200
    context = panels_of(integration, request.POST, edit=edit)
    return show(request, integration, status=status, **context)


@changes_one
def attempt(request, integration):
    """What becomes of the chosen message by what is typed now: for the script of the page."""
    edit = save.read(integration, request.POST)
    shown = look_up(integration, request.POST.get("shown", ""), request.POST.get("pasted", ""))
    trial = preview.attempt(
        edit.rules, shown, event=_number(request.POST), secrets=secrets_of(integration)
    )
    problems = error_places.placed(edit.problems, edit.posted, save.spots(edit))
    values = {} if preview.is_other_shape(trial, edit) else preview.values_of(trial, edit.posted)
    found = {
        "values": values,
        "problems": {name: _drawn("_problems", problems=rows) for name, rows in problems.items()},
        "verdict": _drawn("_verdict", **preview.verdict(trial, edit)),
        "filters": _drawn("_filter_verdict", trial=trial),
        "tree": _drawn("_tree", trial=trial),
        "says": say_delay(edit.routing),
        **led(edit.routing, trial, timezone.now()),
    }
    return JsonResponse(found)


@transaction.atomic
def _save(integration, edit):
    if edit.rules != integration.rules:
        integrations.change_rules(integration.pk, edit.rules)
    if edit.routing != integration.routing:
        routing.change_routing(integration.pk, edit.routing)


def _back(integration, edit, post):
    kept = {name: post[name] for name in KEPT if post.get(name)}
    shape = {} if edit.shape is None else {"shape": edit.shape}
    query = urlencode({"panel": edit.panel, **shape, **kept})
    return f"{reverse('integration', args=[integration.pk])}?{query}#panel-{edit.panel}"


def _number(post):
    written = post.get("event", "")
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 5 else 0


def _drawn(name, **context):
    return render_to_string(f"integrations/advanced/{name}.html", context)
