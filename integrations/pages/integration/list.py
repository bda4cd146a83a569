"""The list of integrations, by channel."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from integrations.catalog import all_templates
from integrations.heartbeats.state import schedule_of
from integrations.models import ADMINISTER, Integration
from integrations.pages.access import changes_one
from integrations.pages.integration.shadowing import shadows_on
from integrations.pages.log.traffic import Traffic, last_hour, last_messages
from integrations.setup import integrations
from opsportal.lib import pages

Kind = Integration.Kind
PER_PAGE = 50
# What the button to add one says, channel by channel.
ADD = {
    Kind.API: "ADD API",
    Kind.EMAIL: "Add Email",
    Kind.CHAT: "Add Chat",
    Kind.HEARTBEAT: "ADD HEARTBEAT",
}
ADD_AT = {
    Kind.API: "gallery",
    Kind.EMAIL: "email_new",
    Kind.CHAT: "chat_new",
    Kind.HEARTBEAT: "heartbeat_new",
}


@pages.signed_in()
def integration_list(request):
    """Every integration of one channel that the person may see."""
    kind = request.GET.get("channel", Kind.API)
    kind = Kind(kind) if kind in Kind else Kind.API
    rows = _found(Integration.objects.visible_to(request.user).filter(kind=kind), request.GET)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    numbers = [row.pk for row in page]
    traffic, latest = last_hour(numbers, timezone.now()), last_messages(numbers)
    shadows = shadows_on(list(page))
    for row in page:
        row.shadow = shadows.get(row.pk, "")
        row.last_seen_at = latest.get(row.pk)
        row.hour = traffic.get(row.pk, Traffic())
        row.tool = all_templates().get(row.template)
        if kind == Kind.HEARTBEAT:
            row.schedule = schedule_of(row.heartbeat)
    context = {
        "title": "Integrations",
        "page": page,
        "kind": kind,
        "kinds": Kind,
        "add_label": ADD[kind],
        "add_url": reverse(ADD_AT[kind]) if kind in ADD_AT else "",
        "may_change": request.user.has_perm(ADMINISTER),
        "is_filtered": any(request.GET.get(name) for name in ("q", "status")),
    }
    if pages.is_partial(request):
        return render(request, "integrations/_integrations.html", context)
    return pages.page(request, "integrations/integration_list.html", context)


@changes_one
def switch(request, integration):
    """Enable or disable; the answer is the page that the button was on."""
    integrations.set_enabled(integration.pk, request.POST.get("enabled") == "1")
    if request.POST.get("from") == "list":
        return redirect(f"{reverse('integrations')}?channel={integration.kind}")
    return redirect(integration)


def _found(rows, asked):
    for word in asked.get("q", "").replace("\x00", "").split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(template__icontains=word) | Q(service__name__icontains=word)
        )
    if asked.get("status") in ("enabled", "disabled"):
        rows = rows.filter(is_enabled=asked["status"] == "enabled")
    beside = ("service", "policy", "play", "service__default_policy__policy", "heartbeat")
    rows = rows.select_related(*beside)
    rows = rows.defer("rules", "token", "signature_secret")
    return rows.order_by("name", "sequence", "pk")
