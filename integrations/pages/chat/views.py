"""Pages of the channel Chat: a new integration, its secret, and account linking."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from incidents.errors import DomainError
from incidents.views.base import SignedInRequest, form_page, process_form
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
from integrations.pages.integration.new import create_from, first_service
from integrations.setup import chat, security
from opsportal.lib import pages

GONE, CONFLICT = 410, 409


@administers
def new_chat(request: SignedInRequest, template: str = TEMPLATES["slack"]) -> HttpResponse:
    """The Basic Settings; SUBMIT creates it, and its page lists the steps in the chat."""
    known = find(template)
    if known is None or known.kind != Integration.Kind.CHAT:
        raise Http404
    initial = {"name": known.name, "service": first_service()}
    form = BasicForm(request.POST or None, initial=initial)

    def create() -> HttpResponse:
        integration = create_from(form, known, request.user)
        messages.success(request, f"{integration.name} is added. Now connect {known.name}.")
        return redirect(integration)

    context = {
        "title": "New Chat integration",
        "template": known,
        "templates": [t for t in all_templates().values() if t.kind == Integration.Kind.CHAT],
        "form": form,
    }
    return process_form(form, create, form_page(request, "integrations/chat_new.html", context))


@changes_one
def change_secret(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Replace the secret of the chat."""
    if integration.kind != Integration.Kind.CHAT:
        raise Http404
    form = ChatSecretForm(integration.template, request.POST)

    def save() -> HttpResponse:
        provider = usual_provider(integration.template)
        security.change_signature(integration.pk, provider, form.cleaned_data["secret"])
        messages.success(request, "Saved. Messages signed with it are accepted from now on.")
        return redirect(integration)

    return process_form(form, save, partial(show, request, integration, chat_form=form))


@changes_one
def change_app(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Replace the Teams app whose actions are accepted."""
    if integration.template != TEMPLATES[TEAMS]:
        raise Http404
    form = ChatAppForm(request.POST)

    def save() -> HttpResponse:
        security.change_chat_app(integration.pk, form.cleaned_data["app_id"])
        messages.success(request, "Saved. The manifest below is filled with it.")
        return redirect(integration)

    again = partial(show, request, integration, app_form=form)
    return process_form(form, save, again, field="app_id")


@pages.signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: SignedInRequest, token: str) -> HttpResponse:
    """Ask whether a chat user is the person who is signed in; the button links the two."""
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
    status = GONE if context["claim"] is None else CONFLICT if "problem" in context else 200
    answer = pages.render_page(request, "integrations/chat_link.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"  # The address is a secret for a while.
    return answer


@pages.signed_in()
@require_POST
def unlink(request: SignedInRequest, pk: int) -> HttpResponse:
    """Unlink one of one's own accounts; those of others are removed in the admin."""
    row = get_object_or_404(ChatIdentity, pk=pk, user=request.user)
    chat.unlink_chat_user(row.pk)
    messages.success(request, f"{row} is unlinked.")
    return redirect("me")
