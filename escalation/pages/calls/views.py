"""Settings, Notifications, Live call routing: the routes, the latest calls, and their messages."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from escalation.actions.call_legs import account_for
from escalation.models import CallRoute, IncomingCall
from escalation.policies.call_ladder import ladder_of_call
from incidents.models import Incident, User
from incidents.views.base import SignedInRequest, requires
from notifications.models import Provider
from notifications.models.provider import CHANGE
from notifications.providers import find_provider
from opsportal.lib import pages
from opsportal.lib.net.errors import DeliveryError

LATEST = 20
UNAVAILABLE = 502
ADDRESS = "<span class='o-address'>{}</span>"


class _Row(NamedTuple):
    """A route as the page shows it: who would be rung now, how its number is led here, and why
    it cannot work ('' where it can)."""

    route: CallRoute
    people: list[str]
    steps: list[str]
    problem: str
    url: str


@requires(CHANGE)
@never_cache
@require_safe
def call_routes(request: SignedInRequest) -> HttpResponse:
    routes = CallRoute.objects.visible_to(request.user).select_related(
        "provider", "service", "schedule", "policy"
    )
    calls = IncomingCall.objects.filter(route__in=routes).select_related(
        "route", "incident", "accepted_by"
    )
    context = {
        "title": "Live call routing",
        "rows": [_row(route) for route in routes],
        "calls": calls[:LATEST],
        "add_url": reverse("admin:escalation_callroute_add"),
        "has_account": Provider.objects.filter(channel="voice").exists(),
    }
    return pages.render_page(request, "escalation/call_routes.html", context)


def _row(route: CallRoute) -> _Row:
    ladder = ladder_of_call(route, timezone.now())
    names = User.objects.in_bulk([user for user, _ in ladder])
    provider = find_provider(route.provider.channel, route.provider.kind)
    steps = provider.calls.steps if provider and provider.calls else ()
    url, event_url = (format_html(ADDRESS, one) for one in (route.url, route.event_url))
    return _Row(
        route=route,
        people=list(dict.fromkeys(str(names[user]) for user, _ in ladder)),
        steps=[format_html(step, url=url, event_url=event_url) for step in steps],
        problem=_problem(route),
        url=reverse("admin:escalation_callroute_change", args=[route.pk]),
    )


def _problem(route: CallRoute) -> str:
    try:
        account_for(route)
    except DeliveryError as error:
        return str(error)
    return ""


@pages.signed_in()
@never_cache
@require_safe
def recording(request: SignedInRequest, pk: int) -> HttpResponse:
    """The message of a caller, fetched from the provider for whoever may see its incident."""
    incidents = Incident.objects.visible_to(request.user)
    left = IncomingCall.objects.exclude(recording_url="").select_related("route__provider")
    call = get_object_or_404(left, pk=pk, incident__in=incidents)
    try:
        account, control = account_for(call.route)
        content, content_type = control.recording(account.config, call.recording_url)
    except DeliveryError as error:
        return HttpResponse(str(error), status=UNAVAILABLE, content_type="text/plain")
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'inline; filename="call-{call.pk}.mp3"'
    return answer
