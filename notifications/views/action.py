"""The page behind the links of a message: it shows what will happen, and its button does it.

The token is the authority, so neither a login nor a cookie is needed. Mail scanners open every
link: only a POST changes anything.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents.actions import respond
from incidents.errors import DomainError, IncidentClosed
from incidents.models import Incident, User
from incidents.responders import why_not
from notifications import action_links
from notifications.errors import LinkExpired, LinkInvalid
from notifications.models import Notification

ACTIONS = {"acknowledge": respond.acknowledge, "resolve": respond.resolve}


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = action_links.read_action(token, now=timezone.now())
    except LinkExpired as error:
        return _answer(request, "expired", status=410, reason=str(error))
    except LinkInvalid as error:
        return _answer(request, "invalid", status=404, reason=str(error))
    incident = Incident.objects.for_list().filter(pk=link.incident_id).first()
    if incident is None:
        return _answer(request, "invalid", status=404, reason="The incident does not exist.")
    user = _reader(request, link)
    if user is None:
        return _answer(request, "sign_in", status=403, incident=incident, link=link)
    return _answer_for(request, link, incident, user)


def _answer_for(
    request: HttpRequest, link: action_links.ActionLink, incident: Incident, user: User
) -> HttpResponse:
    if reason := _refusal(link, incident, user):
        seen = {"incident": incident} if user.is_active else {}
        return _answer(request, "refused", status=403, reason=reason, **seen)
    if request.method == "POST":
        return _act(request, link, incident, user)
    return _answer(request, _state(incident, link), incident=incident, link=link, user=user)


def _reader(request: HttpRequest, link: action_links.ActionLink) -> User | None:
    """On whose behalf the link acts: the person it was sent to, or the one who is signed in."""
    if link.user_id:
        person: User | None = User.objects.filter(pk=link.user_id).first()
        return person
    return request.user if isinstance(request.user, User) else None


def _refusal(link: action_links.ActionLink, incident: Incident, user: User) -> str:
    """Why the link does not act, or not any more; '' where it does."""
    if reason := why_not(user, incident):
        return reason
    paged = Notification.objects.filter(incident=incident, user=link.user_id)
    of_link = paged.filter(delivery_id__range=link.deliveries).first()
    paging_round = of_link.facts.get("paging_round") if of_link else None
    if incident.is_resolved or paging_round in (None, incident.paging_round):
        return ""
    return (
        f"This link is of an earlier message: since then paging has started anew for "
        f"#{incident.pk}. Open the incident, or the newest message about it."
    )


def _state(incident: Incident, link: action_links.ActionLink) -> str:
    """``ask`` while the action would change something, else ``resolved`` or ``taken``."""
    if incident.is_resolved:
        return "resolved"
    if link.verb == "acknowledge" and incident.status == Incident.Status.ACKNOWLEDGED:
        return "taken"
    return "ask"


def _act(
    request: HttpRequest, link: action_links.ActionLink, incident: Incident, user: User
) -> HttpResponse:
    before = _state(incident, link)
    try:
        changed = ACTIONS[link.verb](incident.pk, by=user, via="mail link")
    except IncidentClosed:
        incident.refresh_from_db()
        return _answer(request, "resolved", incident=incident, link=link, user=user)
    except DomainError as refusal:
        return _answer(request, "refused", status=409, incident=incident, reason=str(refusal))
    state = "done" if before == "ask" else before
    return _answer(request, state, incident=changed, link=link, user=user)


def _answer(request: HttpRequest, state: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"state": state}
    response = render(request, "notifications/action.html", context, status=status)
    # The address is a key: it goes to nobody else.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
