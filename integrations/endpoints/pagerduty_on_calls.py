"""``GET /oncalls`` of PagerDuty's REST API, with an API key of the portal.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from escalation.models import Policy, Schedule
from escalation.on_call import lookup
from escalation.policies.on_call_levels import Level, levels_between
from incidents.models import User
from integrations.endpoints.readers import ReaderView, refusals
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented
from integrations.endpoints.view import EndpointError

MAX_SPAN = timedelta(days=90)
PAGE_SIZE, MAX_PAGE_SIZE, MAX_OFFSET = 25, 100, 10_000
CODES = {400: 2001, 401: 2006, 403: 2010}
EXAMPLE = {
    "oncalls": [
        {
            "user": {"id": "3", "type": "user_reference", "summary": "Ana Almeida"},
            "schedule": {"id": "7", "type": "schedule_reference", "summary": "Payments"},
            "escalation_policy": {"id": "2", "type": "escalation_policy_reference"},
            "escalation_level": 1,
            "start": "2026-03-23T08:00:00Z",
            "end": "2026-03-30T07:00:00Z",
        }
    ],
    "limit": 25,
    "offset": 0,
    "more": False,
    "total": None,
}


class OnCallsView(ReaderView):
    """Levels of policies: the filters, ``include[]``, ``earliest`` and pages are PagerDuty's.

    A schedule that no policy tells has an entry of its own, whose ``escalation_policy`` is null.
    """

    @documented(
        "PagerDuty: who is on call",
        responses={
            200: answer("They are.", EXAMPLE),
            400: answer("A parameter is wrong.", {"error": {"message": "…", "code": 2001}}),
            **refusals({"error": {"message": "…", "code": 2010}}),
        },
    )
    def get(self, request: MessageRequest) -> HttpResponse:
        since, until = self._span(request)
        found = levels_between(request.user, since, until)  # type: ignore[arg-type]
        found = _filtered(found, request)
        if request.GET.get("earliest", "").lower() == "true":
            found = _earliest(found)
        limit, offset = self._page(request)
        shown = found[offset : offset + limit]
        wants_total = request.GET.get("total", "").lower() == "true"
        body = {
            "oncalls": _shown(shown, request.GET.getlist("include[]")),
            "limit": limit,
            "offset": offset,
            "more": len(found) > offset + limit,
            "total": len(found) if wants_total else None,
        }
        return JsonResponse(body)

    def error(self, status: int, code: str, detail: str) -> HttpResponse:
        """In PagerDuty's form."""
        found = {"message": detail, "code": CODES.get(status, 2000), "errors": [detail]}
        return JsonResponse({"error": found}, status=status)

    def _span(self, request: MessageRequest) -> tuple[datetime, datetime]:
        """``since`` and ``until``; by default now. Raises EndpointError."""
        now = timezone.now()
        try:
            zone = ZoneInfo(request.GET.get("time_zone") or "UTC")
        except (ValueError, OSError, KeyError):
            zone = ZoneInfo("UTC")
        since = self._instant(request, "since", now, zone)
        until = self._instant(request, "until", max(now, since), zone)
        if not timedelta() <= until - since <= MAX_SPAN:
            self._refuse("until: at most 90 days after since.")
        return since, until

    def _instant(
        self, request: MessageRequest, name: str, default: datetime, zone: ZoneInfo
    ) -> datetime:
        text = request.GET.get(name, "")
        try:
            return lookup.read_instant(text, zone) if text else default
        except ValueError:
            self._refuse(f"{name}: write a time such as 2026-03-30T07:00:00Z.")
            return default

    def _page(self, request: MessageRequest) -> tuple[int, int]:
        words = request.GET.get("limit", str(PAGE_SIZE)), request.GET.get("offset", "0")
        if not all(word.isascii() and word.isdecimal() and len(word) < 8 for word in words):
            self._refuse("limit, offset: whole numbers.")
        limit, offset = map(int, words)
        return min(max(limit, 1), MAX_PAGE_SIZE), min(offset, MAX_OFFSET)

    def _refuse(self, detail: str) -> None:
        raise EndpointError(self.error(400, "invalid", detail))


def _filtered(found: Sequence[Level], request: MessageRequest) -> list[Level]:
    """By ``user_ids[]``, ``schedule_ids[]`` and ``escalation_policy_ids[]``, where they are."""
    users = request.GET.getlist("user_ids[]")
    schedules = request.GET.getlist("schedule_ids[]")
    policies = request.GET.getlist("escalation_policy_ids[]")
    named = set(Schedule.objects.filter(lookup.by_ids(schedules) if schedules else Q()))
    return [
        level
        for level in found
        if (not users or str(level.user) in users)
        and (not schedules or level.schedule in named)
        and (not policies or (level.policy and str(level.policy.pk) in policies))
    ]


def _earliest(found: Sequence[Level]) -> list[Level]:
    """The first of each person, policy and level."""
    first: dict[tuple[Any, ...], Level] = {}
    always = datetime.min.replace(tzinfo=UTC)
    for level in sorted(found, key=lambda one: one.start or always):
        first.setdefault((level.policy, level.number, level.user), level)
    return list(first.values())


def _shown(found: Sequence[Level], included: Sequence[str]) -> list[dict[str, Any]]:
    people = User.objects.in_bulk({level.user for level in found})
    return [
        {
            "user": _user(people[level.user], is_whole="users" in included),
            "schedule": _named(level.schedule, "schedule", included),
            "escalation_policy": _named(level.policy, "escalation_policy", included),
            "escalation_level": level.number,
            "start": _moment(level.start),
            "end": _moment(level.end),
        }
        for level in found
        if level.user in people
    ]


def _user(person: User, *, is_whole: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"id": str(person.pk), "type": "user_reference", "summary": str(person)}
    found |= {"self": None, "html_url": None}
    if not is_whole:
        return found
    more = {"name": str(person), "email": person.email, "time_zone": person.time_zone}
    return {**found, **more, "type": "user"}


def _named(
    row: Schedule | Policy | None, kind: str, included: Sequence[str]
) -> dict[str, Any] | None:
    if row is None:
        return None
    is_whole = f"{kind.removesuffix('y')}ies" in included or f"{kind}s" in included
    number = getattr(row, "source_id", "") or str(row.pk)
    found = {"id": number, "type": kind if is_whole else f"{kind}_reference", "summary": row.name}
    found |= {"self": None, "html_url": f"{settings.SITE_URL}{row.get_absolute_url()}"}
    if not is_whole:
        return found
    zone = {"time_zone": row.zone} if isinstance(row, Schedule) else {}
    return {**found, "name": row.name, "description": row.description, **zone}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


urlpatterns = routes("oncalls", OnCallsView, name="pagerduty_on_calls")
