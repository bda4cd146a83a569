"""The home page: open incidents, first recipients of each service, health, inbound traffic."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Case, Count, Value, When
from django.db.models.functions import TruncMinute
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from escalation.actions import coverage
from escalation.models import Run
from escalation.why.preview import first_recipients
from incidents import listing, responders
from incidents.models import Incident, Service, User
from incidents.views.incident_list import repeats
from integrations.models import ADMINISTER, InboundMessage
from notifications.models import Notification
from opsportal.lib import pages
from opsportal.runtime.health import examine
from opsportal.web import traffic_chart

SEE_SCHEDULES = "escalation.view_schedule"
MAX_INCIDENTS = 12
MAX_SERVICES = 30
# Counts are cached: several people look at once, and pages refresh themselves.
TRAFFIC_CACHE_S = 5
RESOLVED_CACHE_S = 20
DAY = timedelta(days=1)
# Open incidents come first, then acknowledged ones.
STATUS_RANK = Case(
    When(status=Incident.Status.OPEN, then=Value(0)),
    When(status=Incident.Status.ACKNOWLEDGED, then=Value(1)),
    default=Value(2),
)


@pages.signed_in()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now, user = timezone.now(), cast(User, request.user)
    context = {"title": "Home", **_incidents(user, now)}
    context |= _told(user)
    context |= {
        "components": examine(now),
        "backlog": _backlog(now),
        "coverage": coverage.counts(now) if user.has_perm(SEE_SCHEDULES) else None,
        "chart": _traffic(user, now),
    }
    if pages.is_partial(request):
        return render(request, "opsportal/_home.html", context)
    return pages.render_page(request, "opsportal/home.html", context)


def _incidents(user: User, now: datetime) -> dict[str, Any]:
    visible = Incident.objects.visible_to(user).counted(user)
    ordered = visible.unresolved().annotate(status_rank=STATUS_RANK, rank=listing.RANK)
    shown = list(ordered.for_list().order_by("status_rank", "rank", "-pk")[:MAX_INCIDENTS])
    counts = listing.counts(visible)
    return {
        "incidents": shown,
        "repeats": repeats(shown),
        "actionable": responders.actionable(shown, user),
        "counts": counts,
        "more": counts["active"] - len(shown),
        "resolved_today": cache.get_or_set(
            f"resolved:{user.pk}",
            lambda: visible.filter(resolved_at__gt=now - DAY).count(),
            RESOLVED_CACHE_S,
        ),
        "mine": visible.unresolved().filter(assignee=user).count(),
    }


def _told(user: User) -> dict[str, Any]:
    services = list(Service.objects.active().visible_to(user)[: MAX_SERVICES + 1])
    told = first_recipients(services[:MAX_SERVICES])
    return {
        "told": [(service, *told[service.pk]) for service in services[:MAX_SERVICES]],
        "has_more_services": len(services) > MAX_SERVICES,
    }


def _backlog(now: datetime) -> dict[str, int]:
    """Counts of rows that wait for the engine, the workers and the scheduler; by small indexes."""
    return {
        "messages": InboundMessage.objects.pending().count(),
        "notifications": Notification.objects.due(now).count(),
        "runs": Run.objects.active().filter(state=Run.State.ESCALATING).count(),
    }


def _traffic(user: User, now: datetime) -> traffic_chart.Chart:
    sees_all = user.has_perm(ADMINISTER)
    key = f"traffic:{'all' if sees_all else user.pk}"
    rows = cache.get_or_set(key, lambda: _count_by_minute(user, now), TRAFFIC_CACHE_S)
    return traffic_chart.build_chart(rows or [], now)


def _count_by_minute(user: User, now: datetime) -> list[tuple[datetime, str, int]]:
    """(minute, status, messages) of the last hour."""
    visible = InboundMessage.objects.visible_to(user)
    recent = visible.filter(
        received_at__gt=now - timedelta(minutes=traffic_chart.MINUTES)
    ).order_by()
    minutes = recent.annotate(minute=TruncMinute("received_at")).values("minute", "status")
    return list(minutes.annotate(n=Count("pk", distinct=True)).values_list("minute", "status", "n"))
