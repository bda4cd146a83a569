"""The list of integrations, by channel."""

from collections.abc import Mapping

from django.core.paginator import Page
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from incidents.views.base import SignedInRequest
from integrations.catalog import all_templates
from integrations.heartbeats.state import schedule_of
from integrations.models import ADMINISTER, Integration
from integrations.models.integration import IntegrationQuerySet
from integrations.pages.access import changes_one
from integrations.pages.integration.shadowing import shadows_on
from integrations.pages.log.traffic import Traffic, last_hour, last_messages
from integrations.setup import integrations
from opsportal.lib import pages

Kind = Integration.Kind
PAGE_SIZE = 50
MAX_WORDS = 5
# The button that adds an integration of the channel: its label, and the name of its page.
ADD = {
    Kind.API: ("ADD API", "gallery"),
    Kind.EMAIL: ("Add Email", "email_new"),
    Kind.CHAT: ("Add Chat", "chat_new"),
    Kind.HEARTBEAT: ("Add heartbeat", "heartbeat_new"),
}
JOINED = ("service", "policy", "play", "service__default_policy__policy", "heartbeat")
DEFERRED = ("rules", "token", "signature_secret")


@pages.signed_in()
def integration_list(request: SignedInRequest) -> HttpResponse:
    """The integrations of one channel that the user may see."""
    kind = request.GET.get("channel", Kind.API)
    kind = Kind(kind) if kind in Kind else Kind.API
    rows = _filtered(Integration.objects.visible_to(request.user).filter(kind=kind), request.GET)
    page = pages.paginate(request, rows, PAGE_SIZE)
    _add_traffic(page)
    label, url_name = ADD[kind]
    context = {
        "title": "Integrations",
        "page": page,
        "kind": kind,
        "kinds": Kind,
        "add_label": label,
        "add_url": reverse(url_name),
        "may_change": request.user.has_perm(ADMINISTER),
        "is_filtered": any(request.GET.get(name) for name in ("q", "status")),
    }
    if pages.is_partial(request):
        return render(request, "integrations/_integrations.html", context)
    return pages.render_page(request, "integrations/integration_list.html", context)


@changes_one
def switch(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Enable or disable; redirects to the page that the button was on."""
    integrations.set_enabled(integration.pk, request.POST.get("enabled") == "1")
    match request.POST.get("from"):
        case "list":
            return redirect(f"{reverse('integrations')}?channel={integration.kind}")
        case "service":
            return redirect(f"{integration.service.get_absolute_url()}?tab=integrations")
    return redirect(integration)


def _add_traffic(page: Page) -> None:
    """What the list shows of each row besides its columns, with a fixed number of queries."""
    numbers = [row.pk for row in page]
    traffic, latest = last_hour(numbers, timezone.now()), last_messages(numbers)
    shadows = shadows_on(list(page))
    for row in page:
        row.shadow = shadows.get(row.pk, "")
        row.last_seen_at = latest.get(row.pk)
        row.hour = traffic.get(row.pk, Traffic())
        row.tool = all_templates().get(row.template)
        if row.kind == Kind.HEARTBEAT:
            row.schedule = schedule_of(row.heartbeat)


def _filtered(rows: IntegrationQuerySet, asked: Mapping[str, str]) -> IntegrationQuerySet:
    for word in asked.get("q", "").replace("\x00", "").split()[:MAX_WORDS]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(template__icontains=word) | Q(service__name__icontains=word)
        )
    if asked.get("status") in ("enabled", "disabled"):
        rows = rows.filter(is_enabled=asked["status"] == "enabled")
    rows = rows.select_related(*JOINED).defer(*DEFERRED)
    return rows.order_by("name", "sequence", "pk")
