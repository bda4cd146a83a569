"""Dialogs: opened after a press or by a shortcut, filled in, and then done."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from escalation.actions import start
from escalation.slack import views
from escalation.slack.asked import MAY_NOT_OPEN, VIA, Asked
from escalation.slack.outcome import opened, refusal_of
from incidents.actions import respond
from incidents.choices import Severity
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Incident, User
from incidents.responders import require_may_act, why_not
from notifications.actions import slack_app
from notifications.message.slack_text import escape
from notifications.provider_accounts import ProviderAccount
from notifications.receipts import ChatRequest
from notifications.response_options import refusal
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.pages import parse_id
from opsportal.lib.sentences import translated

logger = logging.getLogger(__name__)
Answer = Mapping[str, Any]
NOT_OPENED = gettext_noop(
    "Slack did not open the dialog in time, and nothing is changed. Press again."
)
FIRST_SNOOZE = timedelta(hours=1)


def show(account: ProviderAccount, request: ChatRequest, view: views.View) -> Answer:
    """Open a dialog; where Slack does not, whoever pressed is told to press again."""
    try:
        slack_app.open_dialog(account, request.trigger, view)
    except DeliveryError as error:
        logger.warning("A dialog of %s was not opened: %s", account.name, error)
        slack_app.tell_later(account, request, _(NOT_OPENED))
    return {}


def of_incident(asked: Asked) -> Answer:
    """The dialog that a button of a message asks for; or why there is none."""
    number = _incident_of(asked)[0]
    incident = asked.incident(number)
    if incident is None:
        reason = _("There is no incident #{number} that you may see.").format(number=number)
    else:
        reason = translated(why_not(asked.person, incident))
    name, context = asked.request.name, asked.request.context
    if reason or name not in DIALOGS:
        view = views.sentence(f"#{number}", escape(reason or _("This is nothing that is known.")))
    else:
        view = DIALOGS[name](context, number)
    return show(asked.account, asked.request, view)


def of_shortcut(asked: Asked) -> Answer:
    """The dialog for a new incident, with what the message says by which it was asked for."""
    if not asked.may_open:
        return show(asked.account, asked.request, views.sentence("OpsPortal", _(MAY_NOT_OPEN)))
    text = asked.request.text.strip()
    title = text.splitlines()[0] if text else ""
    return show(asked.account, asked.request, views.new_incident(title, text))


def submitted(asked: Asked) -> Answer:
    """Do what a dialog was filled in for. {} closes it; else its fields say what is wrong."""
    submit = SUBMISSIONS.get(asked.request.name)
    if submit is None:
        return {}
    try:
        return submit(asked)
    except DomainError as refusal:
        name, sentence = refusal_of(refusal)
        fields = asked.request.fields
        first = next(iter(fields), "")
        return views.errors({name if name in fields else first: sentence})


def suggested(asked: Asked) -> Answer:
    """The choices for a field of a dialog, by what was typed into it so far."""
    text = asked.request.text.strip()
    if asked.request.name == "user":
        people = User.objects.visible_to(asked.person).pageable()
        found = people.filter(Q(name__icontains=text) | Q(email__icontains=text)).order_by("name")
        return views.options((str(one), str(one.pk)) for one in found[: views.MAX_OPTIONS])
    services = [one for one in asked.services() if text.lower() in one.name.lower()]
    return views.options((str(one), str(one.pk)) for one in services)


def _incident_of(asked: Asked) -> tuple[int, int]:
    """The number, and the round of paging, of the message whose button was pressed."""
    number, _dot, paging_round = asked.request.context.partition(".")
    return parse_id(number) or 0, parse_id(paging_round) or 0


def _current(asked: Asked, verb: str = "") -> Incident:
    """The incident that a dialog is about. Raises DomainError where the person may not act on it,
    where its policy takes no such answer by a chat, or where paging has started anew since the
    dialog was asked for."""
    number, paging_round = _incident_of(asked)
    incident = asked.incident(number)
    if incident is None:
        raise InvalidRequest(f"There is no incident #{number} that you may see.")
    require_may_act(asked.person, incident)
    if paging_round != incident.paging_round and not incident.is_resolved:
        raise InvalidRequest("That was an earlier round: paging has started anew since.")
    if refused := refusal(number, asked.account.channel, verb):
        raise InvalidRequest(refused)
    return incident


def _assign(asked: Asked) -> Answer:
    incident = _current(asked, views.ASSIGN)
    chosen = parse_id(asked.request.fields.get("user", ""))
    user = User.objects.visible_to(asked.person).filter(pk=chosen).first() if chosen else None
    if user is None:
        raise InvalidRequest("user: choose somebody.")
    try:
        respond.assign(incident.pk, user, by=asked.person, via=VIA)
    except InvalidRequest as problem:
        raise InvalidRequest(f"user: {refusal_of(problem)[1]}") from None
    return {}


def _snooze(asked: Asked) -> Answer:
    incident, fields = _current(asked, views.SNOOZE), asked.request.fields
    seconds = parse_id(fields.get("until", "")) or 0
    until = datetime.fromtimestamp(min(seconds, 2**33), UTC)
    reason = fields.get("reason", "")
    respond.snooze(incident.pk, until, by=asked.person, via=VIA, reason=reason)
    return {}


def _note(asked: Asked) -> Answer:
    incident = _current(asked)

    def add() -> str:
        text = asked.request.fields.get("text", "")
        respond.comment(incident.pk, text, by=asked.person, via=VIA)
        return _("The note is added.")

    asked.once(add)
    return {}


def _open(asked: Asked) -> Answer:
    if not asked.may_open:
        raise InvalidRequest(MAY_NOT_OPEN)
    fields = asked.request.fields
    services = {str(one.pk): one for one in asked.services()}
    service, title = services.get(fields.get("service", "")), fields.get("title", "").strip()
    if service is None:
        raise InvalidRequest("service: choose a service.")
    if not title:
        raise InvalidRequest("title: write what is wrong.")
    severity = fields.get("severity", "")
    said: dict[str, str] = {"description": fields.get("description", "")}
    if severity in Severity.values:
        said["severity"] = severity

    def open_incident() -> str:
        title_ = title[: views.MAX_TITLE]
        by = asked.person
        return opened(start.open_incident(service, title_, by=by, via=VIA, **said))  # type: ignore[arg-type]

    view = views.sentence("OpsPortal", asked.once(open_incident))
    return {"response_action": "update", "view": view}


DIALOGS: dict[str, Callable[[str, int], views.View]] = {
    views.ASSIGN: views.assign,
    views.NOTE: views.note,
    views.SNOOZE: lambda context, number: views.snooze(
        context, number, timezone.now() + FIRST_SNOOZE
    ),
}
SUBMISSIONS: dict[str, Callable[[Asked], Answer]] = {
    views.ASSIGN: _assign,
    views.NOTE: _note,
    views.SNOOZE: _snooze,
    views.OPEN: _open,
}
