"""The page behind the links of a message: it shows what will happen, and its button does it.

The token is the authority, so neither a login nor a cookie is needed. Mail scanners open every
link: only a POST changes anything.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents import acknowledgement_rules
from incidents.actions import respond
from incidents.errors import DomainError, IncidentClosed
from incidents.models import Incident, User
from incidents.responders import why_not
from notifications import action_links, response_options
from notifications.actions import proofs
from notifications.errors import LinkExpired, LinkInvalid
from notifications.message.words import severity_word, status_word
from notifications.models import Notification
from opsportal.lib.languages import written_in
from opsportal.lib.sentences import translated

SENTENCES = {
    "done": gettext_noop("Yours. #{number} {status}."),
    "taken": gettext_noop("#{number}: {who} has it already."),
    "resolved": gettext_noop("#{number} is resolved already."),
}
MAIL = "email"  # Of what was told so long ago that nobody knows by what.
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
    if link.verb == action_links.REACHED:
        return _reached(request, link)
    incident = Incident.objects.for_list().filter(pk=link.incident_id).first()
    if incident is None:
        return _answer(request, "invalid", status=404, reason="The incident does not exist.")
    user = _reader(request, link)
    if user is None:
        return _answer(request, "sign_in", status=403, incident=incident, link=link)
    return _answer_for(request, link, incident, user)


def _reached(request: HttpRequest, link: action_links.ActionLink) -> HttpResponse:
    """Of a test: its reader says that it came."""
    row = proofs.message_of(link)
    if row is None or row.contact_method is None:
        return _answer(request, "invalid", status=404, reason="This test is too old.")
    method = row.contact_method
    if request.method != "POST":
        return _answer(request, "test", method=method, sent_at=row.done_at or row.created_at)
    if proofs.note_answer(row):
        return _answer(request, "reached", method=method)
    reason = "Since this test the address was changed, or is not used any more."
    return _answer(request, "refused", status=409, reason=reason)


def _answer_for(
    request: HttpRequest, link: action_links.ActionLink, incident: Incident, user: User
) -> HttpResponse:
    message = proofs.message_of(link)
    if request.method == "POST" and message is not None:
        proofs.note_answer(message)
    if reason := _refusal(incident, user, message):
        seen = {"incident": incident} if user.is_active else {}
        return _answer(request, "refused", status=403, reason=reason, user=user, **seen)
    channel = message.channel if message else MAIL
    if said := response_options.refusal(incident.pk, channel, link.verb):
        return _answer(request, "refused", status=403, reason=said, incident=incident, user=user)
    if request.method == "POST":
        return _act(request, link, incident, user)
    return _answer(request, _state(incident, link), incident=incident, link=link, user=user)


def _reader(request: HttpRequest, link: action_links.ActionLink) -> User | None:
    """On whose behalf the link acts: the person it was sent to, or the one who is signed in."""
    if link.user_id:
        person: User | None = User.objects.filter(pk=link.user_id).first()
        return person
    return request.user if isinstance(request.user, User) else None


def _refusal(incident: Incident, user: User, message: Notification | None) -> str:
    """Why the link does not act, or not any more; '' where it does."""
    if reason := why_not(user, incident):
        return reason
    paging_round = message.facts.get("paging_round") if message else None
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
        changed = ACTIONS[link.verb](incident.pk, by=user, via=_via(request))
    except IncidentClosed:
        incident.refresh_from_db()
        return _answer(request, "resolved", incident=incident, link=link, user=user)
    except DomainError as refusal:
        return _answer(
            request, "refused", status=409, incident=incident, reason=str(refusal), user=user
        )
    if link.verb == "acknowledge" and (count := acknowledgement_rules.count(changed)):
        return _answer(request, "counted", incident=changed, count=count, user=user)
    state = "done" if before == "ask" else before
    return _answer(request, state, incident=changed, link=link, user=user)


def _sentence(state: str, context: dict[str, Any]) -> str:
    """What became of it, in a line for a device."""
    incident = context.get("incident")
    if state in SENTENCES and incident is not None:
        who, status = incident.assignee or _("Somebody"), status_word(incident.status)
        return _(SENTENCES[state]).format(number=incident.pk, who=who, status=status)
    if state == "counted":
        counts = _("Yours counts for #{number}.").format(number=incident.pk) if incident else ""
        return f"{counts} {context['count']}." if counts else ""
    reason = context.get("reason") or _("sign in to act.")
    return _("Not done: {reason}").format(reason=reason)


def _language(context: dict[str, Any]) -> str:
    """That of the person to whom the link was sent; '' where that is nobody."""
    method = context.get("method")
    person = method.user if method else context.get("user")
    return person.language if isinstance(person, User) else ""


def _response(
    request: HttpRequest, state: str, context: dict[str, Any], status: int
) -> HttpResponse:
    """The page, or a line for a device, in the language that is active."""
    incident = context.get("incident")
    told = {name: translated(str(context[name])) for name in ("reason", "count") if name in context}
    words = {}
    if incident is not None:
        words = {
            "status_word": status_word(incident.status),
            "severity_word": severity_word(incident.severity),
        }
    shown = {**context, **told, **words, "state": state, "language": get_language()}
    if _is_from_device(request):
        return JsonResponse({"state": state, "text": _sentence(state, shown)}, status=status)
    return render(request, "notifications/action.html", shown, status=status)


def _is_from_device(request: HttpRequest) -> bool:
    """Whether the service worker asks, for the button of a push."""
    return request.headers.get("Accept") == "application/json"


def _via(request: HttpRequest) -> str:
    return "push" if _is_from_device(request) else "mail link"


def _answer(request: HttpRequest, state: str, *, status: int = 200, **context: Any) -> HttpResponse:
    with written_in(_language(context)):
        response = _response(request, state, context, status)
    # The address is a key: it goes to nobody else.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
