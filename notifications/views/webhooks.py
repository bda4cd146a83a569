"""Webhooks and other shared channels: the list, and one with its log, its test and redelivery."""

from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from incidents.admin.usage import used_by
from incidents.errors import InvalidRequest
from incidents.models import User
from incidents.views.base import SignedInRequest, Underway, requires, run_and_redirect
from notifications.actions import contact_methods
from notifications.actions.redeliver import redeliver as send_again
from notifications.channel_config import shown
from notifications.channels import all_channels
from notifications.models import Notification, SharedChannel
from opsportal.lib import pages
from opsportal.lib.encryption import readable

VIEW, CHANGE = "notifications.view_sharedchannel", "notifications.change_sharedchannel"
MAX_LOGGED = 50
PAGE_SIZE = 60


@requires(VIEW)
@require_safe
def webhook_list(request: SignedInRequest) -> HttpResponse:
    latest = Notification.objects.filter(shared_channel=OuterRef("pk")).order_by("-pk")
    rows = SharedChannel.objects.visible_to(request.user).annotate(
        last_id=Subquery(latest.values("pk")[:1])
    )
    page = pages.paginate(request, rows, PAGE_SIZE)
    last = Notification.objects.in_bulk([row.last_id for row in page if row.last_id])
    context = {
        "title": "Webhooks",
        "page": page,
        "rows": [(row, all_channels()[row.channel], last.get(row.last_id)) for row in page],
        "add_url": _add_url(request.user),
    }
    return pages.render_page(request, "notifications/webhook_list.html", context)


def _add_url(user: User) -> str:
    may_add = user.has_perm("notifications.add_sharedchannel")
    return reverse("admin:notifications_sharedchannel_add") if may_add else ""


@requires(VIEW)
@require_safe
def webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _visible(request, pk)
    may_change = request.user.has_perm(CHANGE)
    context = {
        "title": row.name,
        "row": row,
        "kind": all_channels()[row.channel],
        "settings": list(_settings(row)) if may_change else [],
        "may_change": may_change,
        "used_by": used_by(row, request.user),
        "deliveries": _log(row, request.user)[:MAX_LOGGED],
        "reader": request.user,
    }
    if pages.is_partial(request):
        return render(request, "notifications/_webhook_log.html", context)
    return pages.render_page(request, "notifications/webhook.html", context)


def _visible(request: SignedInRequest, pk: int) -> SharedChannel:
    return get_object_or_404(SharedChannel.objects.visible_to(request.user), pk=pk)


def _log(row: SharedChannel, user: User) -> QuerySet[Notification]:
    sent = Notification.objects.visible_to(user).filter(shared_channel=row)
    return sent.select_related("incident", "shared_channel").prefetch_related("attempts")


def _settings(row: SharedChannel) -> Iterator[tuple[str, Any]]:
    """Label and value of each setting that is set; of a secret only that it is."""
    stored = shown(row.channel, readable(row, "config", {}) or {})
    for name, field in all_channels()[row.channel].Form.base_fields.items():
        if stored.get(name):
            yield str(field.label or name.replace("_", " ").capitalize()), stored[name]


@requires(CHANGE)
@require_POST
def test_webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _visible(request, pk)

    def act() -> str:
        contact_methods.send_test(shared_channel_id=row.pk)
        return Underway(
            "A test is on its way, as real messages go. What came of it is shown below."
        )

    return run_and_redirect(request, act, row.get_absolute_url())


@requires(CHANGE)
@require_POST
def redeliver(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _visible(request, pk)
    number = pages.parse_id(request.POST.get("notification"))
    delivery = _log(row, request.user).filter(pk=number or 0).first()

    def act() -> str:
        if delivery is None:
            raise InvalidRequest("This webhook has no such delivery.")
        send_again(delivery.pk, request.user)
        return Underway("It is sent again. What came of it is shown below.")

    return run_and_redirect(request, act, row.get_absolute_url())
