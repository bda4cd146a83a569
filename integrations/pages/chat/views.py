"""Pages of the channel Chat: a new integration, its secret, and who is who."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from incidents.actions import settings
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Service
from integrations.catalog import all_templates, find
from integrations.chat import account_link
from integrations.chat.command import TEMPLATES
from integrations.chat.markup import TEAMS
from integrations.inbound.endpoint_cache import usual_provider
from integrations.models import ChatIdentity, Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.chat.forms import ChatAppForm, ChatSecretForm
from integrations.pages.integration.detail import show
from integrations.pages.integration.forms import BasicForm
from integrations.setup import chat, integrations, security
from opsportal.lib import pages

UNPROCESSABLE = 422


@administers
def new_chat(request, template=TEMPLATES["slack"]):
    """Ask for the Basic Settings; SUBMIT makes it, and its page says what to do in the chat."""
    known = find(template)
    if known is None or known.kind != Integration.Kind.CHAT:
        raise Http404
    form = BasicForm(request.POST or None, initial=_initial(known))
    if request.method == "POST" and form.is_valid():
        integration = _create(known, form, request.user)
        messages.success(request, f"{integration.name} is added. Now connect {known.name}.")
        return redirect(integration)
    context = {
        "title": "New Chat integration",
        "template": known,
        "templates": [t for t in all_templates().values() if t.kind == Integration.Kind.CHAT],
        "form": form,
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return pages.page(request, "integrations/chat_new.html", context, status=status)


@changes_one
def change_secret(request, integration):
    """The secret of the chat, in place of the one before."""
    if integration.kind != Integration.Kind.CHAT:
        raise Http404
    form = ChatSecretForm(integration.template, request.POST)
    if not form.is_valid():
        return show(request, integration, chat_form=form, status=UNPROCESSABLE)
    provider = usual_provider(integration.template)
    security.change_signature(integration.pk, provider, form.cleaned_data["secret"])
    messages.success(request, "Saved. What is signed with it is taken from now on.")
    return redirect(integration)


@changes_one
def change_app(request, integration):
    """The Teams app whose actions are taken."""
    if integration.template != TEMPLATES[TEAMS]:
        raise Http404
    form = ChatAppForm(request.POST)
    if form.is_valid():
        try:
            security.change_chat_app(integration.pk, form.cleaned_data["app_id"])
        except InvalidRequest as refusal:
            form.add_error("app_id", str(refusal).removeprefix("chat_app_id: "))
    if not form.is_valid():
        return show(request, integration, app_form=form, status=UNPROCESSABLE)
    messages.success(request, "Saved. The manifest below is filled with it.")
    return redirect(integration)


@pages.signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def link(request, token):
    """Ask whether a user of a chat is the one who is signed in; the button makes it so."""
    context: dict[str, Any] = {"title": "Link a chat account", "claim": None}
    try:
        claim = context["claim"] = account_link.read(token)
        if request.method == "POST":
            row = chat.link_chat_user(request.user, claim)
            messages.success(request, f"Linked: {row} acts as you. Give your command again.")
            return redirect("me")
    except account_link.StaleLink as problem:
        context["problem"] = str(problem)
    except DomainError as refusal:
        context["problem"] = str(refusal).removeprefix("chat_user: ")
    status = 410 if context["claim"] is None else 409 if "problem" in context else 200
    answer = pages.page(request, "integrations/chat_link.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"  # The address is good for a while.
    return answer


@pages.signed_in()
@require_POST
def unlink(request, pk):
    """One's own alone; those of others are removed in the admin."""
    row = get_object_or_404(ChatIdentity, pk=pk, user=request.user)
    chat.unlink_chat_user(row.pk)
    messages.success(request, f"{row} acts as nobody from now on.")
    return redirect("me")


def _initial(template):
    services = Service.objects.all()[:2]
    only = services[0] if len(services) == 1 else None
    return {"name": template.name, "service": only if services else "new"}


@transaction.atomic
def _create(template, form, user):
    found = dict(form.cleaned_data)
    name = found.pop("new_service")
    service = found.pop("service") or settings.save_service(Service(name=name))
    found.pop("mode")
    return integrations.create_integration(template.slug, service=service, by=user, **found)
