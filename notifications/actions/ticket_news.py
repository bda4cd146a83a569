"""What ticket systems say happens to the incidents, once for each event.

What the portal itself has done there is no news, nor is what both sides agree on already, so that
nothing goes round in a circle.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction

from incidents.actions import respond, timeline
from incidents.actions.locking import lock_incident
from incidents.actions.timeline import entry
from incidents.choices import IncidentStatus, TimelineVerb
from incidents.errors import DomainError
from incidents.models import Incident
from notifications.choices import TicketState
from notifications.message.incident_summary import one_line
from notifications.models import OutboundService, ReceivedReply, Ticket
from notifications.outbound.tickets import News

MAX_COMMENT = 10_000
MAX_ID, MAX_EVENT_ID, MAX_STATUS = 500, 255, 200
# Upper apps add what they know how to do: to reopen an incident is to page again.
VERBS: dict[str, Callable[..., Incident]] = {}


@transaction.atomic
def take(service: OutboundService, news: News) -> str:
    """Do what follows from news; returns a few words about what came of it."""
    if not service.is_enabled:
        return "switched off"
    news = _plain(news)
    known = Ticket.objects.filter(service=service, external_id=news.external_id).first()
    if known is None or not news.external_id:
        return "no such ticket"
    if service.own_account and news.author_id == service.own_account:
        return "our own doing"
    incident = lock_incident(known.incident_id)
    if not _is_new(service, news):
        return "seen before"
    ticket = Ticket.objects.select_for_update().select_related("service").get(pk=known.pk)
    if news.comment and service.takes_comments:
        text = f"{news.author or 'Somebody'}: {news.comment}"
        respond.comment(incident.pk, text, via=ticket.via)
    return _note_state(ticket, incident, news) if news.state else "noted"


def _plain(news: News) -> News:
    """Without what the database stores in no text, and cut where its columns end."""
    return replace(
        news,
        external_id=one_line(news.external_id, MAX_ID),
        event_id=one_line(news.event_id, MAX_EVENT_ID),
        status=one_line(news.status, MAX_STATUS),
        author=one_line(news.author, MAX_STATUS),
        comment=news.comment.replace("\0", "").encode(errors="ignore").decode()[:MAX_COMMENT],
    )


def _is_new(service: OutboundService, news: News) -> bool:
    if not news.event_id:
        return True
    _, is_new = ReceivedReply.objects.get_or_create(
        provider=f"outbound:{service.pk}",
        event_id=news.event_id,
        defaults={"channel": service.kind, "text": news.status},
    )
    return is_new


def _note_state(ticket: Ticket, incident: Incident, news: News) -> str:
    """Keep the state, say it, and act on it as the service wants."""
    if ticket.seen_at and news.at and news.at < ticket.seen_at:
        return "older than what is known"
    before, ticket.state = TicketState(ticket.state), news.state or ticket.state
    ticket.seen_at = news.at or ticket.seen_at
    is_same = before == ticket.state and ticket.status == news.status
    ticket.status = news.status
    ticket.save(update_fields=["state", "status", "seen_at"])
    if is_same:
        return "known"
    who = f"{news.author} moved" if news.author else "Moved"
    text = f"{who} {ticket} to “{news.status or ticket.get_state_display()}”"
    facts = {"url": ticket.url} if ticket.url else {}
    line = entry(incident, TimelineVerb.TICKET_UPDATED, text, via=ticket.via, facts=facts)
    timeline.record([line])
    return _act(ticket, incident, before, text) if before != ticket.state else "noted"


def _act(ticket: Ticket, incident: Incident, before: TicketState, text: str) -> str:
    act = _action_of(ticket, incident, before)
    if act is None:
        return "noted"
    try:
        with transaction.atomic():
            act(incident.pk, text)
    except DomainError as refusal:
        line = entry(incident, TimelineVerb.OUTBOUND_FAILED, f"{ticket}: {refusal}", via=ticket.via)
        timeline.record([line])
        return str(refusal)
    return "done"


def _action_of(
    ticket: Ticket, incident: Incident, before: TicketState
) -> Callable[[int, str], Any] | None:
    """What the change of a ticket does to its incident; None for nothing."""
    service, via = ticket.service, ticket.via
    if ticket.state == TicketState.DONE:
        wanted = service.resolves and not incident.is_resolved
        return (lambda pk, text: respond.resolve(pk, via=via, note=text)) if wanted else None
    if before == TicketState.DONE:
        reopen = VERBS.get("reopen")
        if not (service.reopens and incident.is_resolved and reopen):
            return None
        return lambda pk, text: reopen(pk, via=via, note=text)
    is_taken = ticket.state == TicketState.IN_PROGRESS and incident.status == IncidentStatus.OPEN
    if service.acknowledges and is_taken:
        return lambda pk, text: respond.acknowledge(pk, via=via)
    return None
