"""Visitors subscribe, confirm and unsubscribe: forms without a session, so without a token.

Nothing that a foreign site could make a browser post here does more than its visitor could by
hand: an address is told nothing until it has confirmed.
"""

from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents.errors import DomainError
from incidents.views.base import UNPROCESSABLE, add_refusal
from notifications.channels._base import WebAddressField
from notifications.models import StatusPage, StatusSubscriber
from notifications.status_pages.actions import subscribe as actions
from notifications.status_pages.addresses import (
    CONFIRM_SALT,
    UNSUBSCRIBE_SALT,
    subscriber_of,
)
from notifications.status_pages.public.answers import (
    context_of,
    page_at,
    private,
    visitor_of,
)

GONE = 410


class MailForm(forms.Form):
    """An address that wants mails."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="email", required=False)
    address = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="A mail with a link comes at once. Nothing else is sent until you open it.",
    )


class WebhookForm(forms.Form):
    """A server that wants to be posted to."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="webhook", required=False)
    url = WebAddressField(
        label="URL of the webhook",
        max_length=2000,
        help_text="It is asked once with GET and a parameter challenge, and has to answer with "
        "that value as plain text. Each update is then posted there as JSON.",
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest, slug: str = "") -> HttpResponse:
    page = page_at(request, slug)
    kind = request.POST.get("kind", "email")
    mail = MailForm(request.POST) if request.method == "POST" and kind != "webhook" else MailForm()
    hook = WebhookForm(request.POST) if request.POST and kind == "webhook" else WebhookForm()
    bound = next((form for form in (mail, hook) if form.is_bound), None)
    is_done = bound is not None and _asked(request, page, bound)
    look = {"mail": mail, "hook": hook, "is_done": is_done, "is_hook": kind == "webhook"}
    status = UNPROCESSABLE if bound is not None and not is_done else 200
    context = context_of(request, page, **look)
    return private(render(request, "status/subscribe.html", context, status=status))


def _asked(request: HttpRequest, page: StatusPage, form: forms.Form) -> bool:
    """Whether it was asked for; else the form says why not."""
    if not form.is_valid():
        return False
    network = visitor_of(request)
    try:
        if isinstance(form, WebhookForm):
            actions.subscribe_webhook(page, form.cleaned_data["url"], network)
        else:
            actions.subscribe_mail(page, form.cleaned_data["address"], network)
    except DomainError as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _by_link(
    request: HttpRequest,
    page: StatusPage,
    subscriber: StatusSubscriber | None,
    act: Callable[[StatusSubscriber], None],
    words: str,
) -> HttpResponse:
    """A page with one button. Only a POST does something: whatever looks at links in mails, as
    scanners do, changes nothing."""
    is_done = False
    if subscriber is not None and request.method == "POST":
        act(subscriber)
        is_done = True
    look = {"subscriber": subscriber, "is_done": is_done, "words": words}
    status = 200 if subscriber is not None else GONE
    context = context_of(request, page, **look)
    return private(render(request, "status/by_link.html", context, status=status))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str, slug: str = "") -> HttpResponse:
    page = page_at(request, slug)
    found = subscriber_of(page, token, CONFIRM_SALT)
    return _by_link(request, page, found, actions.confirm, "confirm")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str, slug: str = "") -> HttpResponse:
    """Also what a mail program posts by itself (RFC 8058)."""
    page = page_at(request, slug)
    found = subscriber_of(page, token, UNSUBSCRIBE_SALT)
    return _by_link(request, page, found, actions.unsubscribe, "unsubscribe")
