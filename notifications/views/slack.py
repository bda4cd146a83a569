"""Settings, Integrations, Slack: the app is made from a manifest, connected, and told a channel."""

import json
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.errors import DomainError
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
)
from notifications.actions import slack_workspaces
from notifications.models import Provider
from notifications.models.provider import CHANGE
from notifications.provider_accounts import callback_url, from_environment
from notifications.providers import _slack_app, find_provider
from opsportal.lib.encryption import readable

SLACK = slack_workspaces.SLACK
SALT = "notifications.slack.connect"
STATE_VALID_S = 600
NONCE = "slack_connect"


class ChannelForm(forms.Form):
    """A channel of the list, or the ID of one that is not in it."""

    chosen = forms.CharField(required=False)
    other = forms.CharField(required=False)
    is_default = forms.BooleanField(required=False)


@requires(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def slack(request: SignedInRequest) -> HttpResponse:
    provider = find_provider(SLACK, SLACK)
    form = provider.Form(request.POST or None) if provider else forms.Form()

    def add() -> HttpResponse:
        row = slack_workspaces.add_workspace(form.cleaned_data)
        messages.success(request, f"Saved. {_next_step(row)}")
        return redirect("slack")

    token = slack_workspaces.next_token()
    addresses = (callback_url(token), _redirect_url())
    context = {
        "title": "Slack",
        "form": form,
        "steps": provider.steps if provider else (),
        "workspaces": [_workspace(request, row) for row in _rows()],
        "shared": sorted(slack_workspaces.shared_channels().values(), key=str),
        "environment": from_environment(SLACK),
        "manifest": json.dumps(_slack_app.manifest(*addresses), indent=2),
        "socket_manifest": json.dumps(_slack_app.manifest(*addresses, by_socket=True), indent=2),
        "is_public": settings.SITE_URL.startswith("https://"),
    }
    return process_form(form, add, form_page(request, "notifications/slack.html", context))


def _rows() -> Any:
    return Provider.objects.filter(channel=SLACK)


def _next_step(row: Provider) -> str:
    return "Now choose a channel." if row.config.get("bot_token") else "Now press Connect to Slack."


def _workspace(request: SignedInRequest, row: Provider) -> dict[str, Any]:
    """How a workspace is, and its channels where they are asked for."""
    config = readable(row, "config", None) or {}
    found: dict[str, Any] = {
        "row": row,
        "is_connected": bool(config.get("bot_token")),
        "has_buttons": bool(config.get("signing_secret") or config.get("app_token")),
        "is_by_socket": bool(config.get("app_token")),
        "can_connect": bool(config.get("client_id") and config.get("client_secret")),
    }
    if request.GET.get("app") == str(row.pk):
        addresses, by_socket = (callback_url(row.token), _redirect_url()), found["is_by_socket"]
        made = _slack_app.manifest(*addresses, by_socket=by_socket)
        found["manifest"] = json.dumps(made, indent=2)
    if found["is_connected"] and request.GET.get("channels") == str(row.pk):
        try:
            channels, is_all = slack_workspaces.channels(row, anew="anew" in request.GET)
            found |= {"channels": channels, "is_all": is_all}
        except DomainError as problem:
            found["problem"] = str(problem)
    return found


def _redirect_url() -> str:
    return f"{settings.SITE_URL}{reverse('slack_connected')}"


@requires(CHANGE)
@never_cache
@require_safe
def connect(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lead to Slack; what comes back is good once, for ten minutes, in this session."""
    row = get_object_or_404(_rows(), pk=pk)
    config = readable(row, "config", None) or {}
    if not config.get("client_id") or not config.get("client_secret"):
        messages.error(request, "Enter Client ID and Client Secret first.")
        return redirect("slack")
    request.session[NONCE] = secrets.token_urlsafe(16)
    state = signing.dumps({"row": row.pk, "nonce": request.session[NONCE]}, salt=SALT)
    return HttpResponseRedirect(
        _slack_app.authorize_url(config["client_id"], state, _redirect_url())
    )


@requires(CHANGE)
@never_cache
@require_safe
def connected(request: SignedInRequest) -> HttpResponse:
    """Where Slack sends the browser back, with a code or an error."""
    return run_and_redirect(request, lambda: _finish(request), "slack")


def _finish(request: SignedInRequest) -> str:
    nonce = request.session.pop(NONCE, "")
    try:
        state = signing.loads(request.GET.get("state", ""), salt=SALT, max_age=STATE_VALID_S)
    except signing.BadSignature:
        raise DomainError("This answer of Slack is too old, or not one of ours.") from None
    if not nonce or not secrets.compare_digest(state["nonce"], nonce):
        raise DomainError("This answer of Slack was used already. Press Connect to Slack again.")
    if error := request.GET.get("error"):
        raise DomainError(f"Slack was not connected: {error[:100]}.")
    row = get_object_or_404(_rows(), pk=state["row"])
    row = slack_workspaces.connect(row.pk, request.GET.get("code", "")[:200], _redirect_url())
    return f"{row.name} is connected. Now choose a channel."


@requires(CHANGE)
@require_POST
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_rows(), pk=pk)
    return run_and_redirect(request, lambda: slack_workspaces.check(row), "slack")


@requires(CHANGE)
@require_POST
def add_channel(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_rows(), pk=pk)
    return run_and_redirect(request, lambda: _add_channel(request, row), "slack")


def _add_channel(request: SignedInRequest, row: Provider) -> str:
    form = ChannelForm(request.POST)
    form.is_valid()
    found = form.cleaned_data
    channel_id = (found["other"] or found["chosen"]).strip()
    name = slack_workspaces.known_name(row, channel_id)
    made = slack_workspaces.add_channel(channel_id, name, is_default=found["is_default"])
    default = ", and is told of services that have chosen none" if made.is_default else ""
    return f"{made} can be chosen by services{default}."
