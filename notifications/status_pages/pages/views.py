"""Status pages within the portal: the list, one page, its preview, and whether it is public."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.errors import InvalidRequest
from incidents.views.base import SignedInRequest, requires, run_and_redirect
from notifications.models import StatusPage
from notifications.models.status_page import MANAGE, PUBLISH, VIEW
from notifications.status_pages import domains
from notifications.status_pages.actions import publish
from notifications.status_pages.addresses import base_of
from notifications.status_pages.public.answers import private
from notifications.status_pages.public.views import draw_page
from notifications.status_pages.reading import read_page
from opsportal.lib import pages

MAX_PAST = 20


def visible(request: SignedInRequest, pk: int) -> StatusPage:
    """Raises Http404 for a page that is not there, or not for this person."""
    return get_object_or_404(StatusPage.objects.visible_to(request.user), pk=pk)


@requires(VIEW)
@require_safe
def page_list(request: SignedInRequest) -> HttpResponse:
    """All of them, with how each is now."""
    now = timezone.now()
    confirmed = Count("subscribers", filter=Q(subscribers__confirmed_at__isnull=False))
    rows = StatusPage.objects.visible_to(request.user).annotate(subscriber_count=confirmed)
    context = {
        "title": "Status pages",
        "snapshots": [(read_page(row, now), base_of(row)) for row in rows],
        "may_manage": request.user.has_perm(MANAGE),
    }
    return pages.render_page(request, "status/pages/list.html", context)


@requires(VIEW)
@require_safe
def page_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    page = visible(request, pk)
    snapshot = read_page(page, timezone.now())
    context: dict[str, Any] = {
        "title": page.name,
        "page": page,
        "snapshot": snapshot,
        "past": snapshot.past[:MAX_PAST],
        "address": base_of(page),
        "subscribers": page.subscribers.confirmed().count(),
        "may_manage": request.user.has_perm(MANAGE),
        "may_publish": request.user.has_perm(PUBLISH),
    }
    return pages.render_page(request, "status/pages/detail.html", context)


@requires(VIEW)
@require_safe
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """As visitors would see it, published or not."""
    snapshot = read_page(visible(request, pk), timezone.now())
    with timezone.override(snapshot.zone):
        body, content_type = draw_page(request, snapshot, is_preview=True)
    return private(HttpResponse(body, content_type=content_type))


@requires(MANAGE)
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Publish the page, or take it back."""
    page = visible(request, pk)
    wants = request.POST.get("published") == "1"

    def act() -> str:
        if wants and not page.components.exists():
            raise InvalidRequest("Add a component first: a page without any says nothing.")
        publish.set_published(page, wants)
        domains.refresh()
        if wants:
            return f"{page} is published: everybody can read it."
        return f"{page} is not published any more: its address answers that there is no such page."

    return run_and_redirect(request, act, reverse("status_page", args=[page.pk]))
