"""What each kind of delivery does at its service. Each says what it did, or raises."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import F

from incidents.choices import TimelineVerb
from incidents.models import Incident
from notifications.actions.outbound import wanted_state
from notifications.channels._base import Config
from notifications.choices import OutboundOperation, TicketState
from notifications.message.incident_summary import one_line
from notifications.models import OutboundDelivery, OutboundMethod, OutboundService, Ticket
from notifications.outbound import BaseSystem, find_system, json_path
from notifications.outbound.client import MIN_SECRET, Client
from notifications.outbound.incident_text import draft_of, values_of
from notifications.outbound.placeholders import used
from notifications.outbound.requests import Prepared, authentication, prepared
from notifications.outbound.tickets import Created, Draft
from opsportal.lib.net.errors import DeliveryError

MAX_LOOKS = 2  # A search may find a new ticket only seconds later.
LOOK_AGAIN_S = 5
MAX_ID, MAX_URL, MAX_STATUS = 500, 2000, 200


class Superseded(Exception):
    """Nothing is left to do; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, as the timeline says it; without a verb it says nothing."""

    verb: TimelineVerb | None = None
    text: str = ""
    url: str = ""


def client_for(service: OutboundService) -> Client:
    """A client that writes none of the service's secrets down. Raises SecretUnreadable."""
    system, config = system_of(service), service.config
    secrets = (str(config.get(name) or "") for name in system.secret_fields)
    return Client(secrets=tuple(one for one in secrets if len(one) >= MIN_SECRET))


def system_of(service: OutboundService) -> BaseSystem:
    """Raises DeliveryError for a kind that is gone."""
    system = find_system(service.kind)
    if system is None:
        raise DeliveryError(f"There is no system called “{service.kind}”.", permanent=True)
    return system


def incident_of(number: int) -> Incident:
    """The incident as it is now, with what its texts name."""
    rows = Incident.objects.select_related("service__team", "team", "assignee")
    return rows.get(pk=number)


def request_of(method: OutboundMethod, incident: Incident, ticket: Ticket | None) -> Prepared:
    """The request of a method, filled. Raises DeliveryError where an id is needed that the
    service has not given."""
    wants = {name.lower() for name in used(f"{method.path}{method.body}{method.headers}")}
    if "externalid" in wants and not (ticket and ticket.external_id):
        sentence = f"{method.service} has given no id for this incident, and <ExternalId> needs it."
        raise DeliveryError(sentence, permanent=True)
    known = (ticket.external_id, ticket.url) if ticket else ()
    return prepared(method, method.service.config, values_of(incident, *known))


def call(row: OutboundDelivery, client: Client) -> Done:
    """Send a method, and remember what its answer calls the incident. Raises Superseded where the
    method is gone."""
    method, service = row.method, row.service
    if method is None:
        raise Superseded("Its method is gone.")
    method.service = service
    ticket = Ticket.objects.filter(incident=row.incident_id, service=service).first()
    request = request_of(method, incident_of(row.incident_id), ticket)
    client.headers = {
        **request.headers,
        **authentication(service.config),
        "Idempotency-Key": str(row.delivery_id),
        "X-OpsPortal-Delivery": str(row.delivery_id),
        **({"X-OpsPortal-Redelivery": "1"} if row.is_redelivery else {}),
    }
    data = request.body.encode() if request.body else None
    response = client.send(request.verb, request.url, data=data)
    url = _remember(row, method, response.content, ticket)
    return Done(TimelineVerb.OUTBOUND_CALLED, f"{service}: {method.name}", url)


def _remember(
    row: OutboundDelivery, method: OutboundMethod, body: bytes, known: Ticket | None
) -> str:
    """Keep the id and the link of an answer; returns the link."""
    if not (method.remember_id or method.remember_url):
        return known.url if known else ""
    answer = json_path.parsed(body)
    found = {
        "external_id": json_path.text_at(answer, method.remember_id) if method.remember_id else "",
        "url": json_path.text_at(answer, method.remember_url) if method.remember_url else "",
    }
    found = {name: value for name, value in found.items() if value}
    if "external_id" in found:
        found["key"] = found["external_id"]
    if found:
        Ticket.objects.update_or_create(
            incident_id=row.incident_id, service=row.service, defaults=found
        )
    return found.get("url") or (known.url if known else "")


def create(row: OutboundDelivery, client: Client) -> Done:
    """Open the ticket; one that may be there already is looked for first.

    Raises Superseded where there is one, and DeliveryError where it is to be looked for again.
    """
    ticket, system, config = _ticket_of(row)
    if ticket.external_id:
        raise Superseded(f"There is a ticket: {ticket.key}.")
    _learn_account(row.service, system, client, config)
    draft = draft_of(incident_of(row.incident_id), ticket.marker)
    created = _found(ticket, system, client, config, draft)
    if created is None:
        created = _created(ticket, system, client, config, draft)
    Ticket.objects.filter(pk=ticket.pk).update(
        external_id=one_line(created.external_id, MAX_ID),
        key=one_line(created.key, MAX_ID),
        url=one_line(created.url, MAX_URL),
        is_in_doubt=False,
    )
    return Done(TimelineVerb.TICKET_OPENED, f"{row.service} {created.key}", created.url)


def _found(
    ticket: Ticket, system: BaseSystem, client: Client, config: Config, draft: Draft
) -> Created | None:
    """What an earlier request has opened; None where it is certain that there is none.

    Raises DeliveryError where a search may find it a little later.
    """
    if not ticket.is_in_doubt:
        return None
    found = system.find(client, config, draft)
    if found is None and ticket.looked_for + 1 < MAX_LOOKS:
        Ticket.objects.filter(pk=ticket.pk).update(looked_for=F("looked_for") + 1)
        sentence = "Whether a ticket was opened is not known; it is looked for once more."
        raise DeliveryError(sentence, retry_after=LOOK_AGAIN_S)
    return found


def _created(
    ticket: Ticket, system: BaseSystem, client: Client, config: Config, draft: Draft
) -> Created:
    """A new ticket. Before it is asked for, it is noted that there may be one."""
    Ticket.objects.filter(pk=ticket.pk).update(is_in_doubt=True, looked_for=0)
    try:
        return system.create(client, config, draft)
    except DeliveryError as error:
        if not error.ambiguous and (error.permanent or error.retry_after is not None):
            Ticket.objects.filter(pk=ticket.pk).update(is_in_doubt=False)
        raise


def set_state(row: OutboundDelivery, client: Client) -> Done:
    """Bring the ticket to where its incident is now. Raises Superseded where it is there."""
    ticket, system, config = _ticket_of(row)
    if not ticket.external_id:
        raise Superseded("No ticket was opened.")
    wanted = wanted_state(incident_of(row.incident_id))
    if not _has_to_move(ticket, wanted, system):
        raise Superseded("The ticket is there already.")
    said = system.set_state(client, config, ticket.external_id, wanted)
    status = one_line(said, MAX_STATUS)
    Ticket.objects.filter(pk=ticket.pk).update(state=wanted, status=status)
    text = f"{ticket} is “{status}”" if status else f"{ticket} is {wanted.label.lower()}"
    return Done(TimelineVerb.TICKET_UPDATED, text, ticket.url)


def _has_to_move(ticket: Ticket, wanted: TicketState, system: BaseSystem) -> bool:
    """What is worked on there is not put back because nobody has the incident any more."""
    if TicketState.DONE in (wanted, ticket.state):
        return ticket.state != wanted
    return system.has_progress and wanted == TicketState.IN_PROGRESS and ticket.state != wanted


def comment(row: OutboundDelivery, client: Client) -> Done:
    """Add a comment to the ticket. Raises Superseded where none was opened."""
    ticket, system, config = _ticket_of(row)
    if not ticket.external_id:
        raise Superseded("No ticket was opened.")
    system.comment(client, config, ticket.external_id, row.text)
    return Done()


def _ticket_of(row: OutboundDelivery) -> tuple[Ticket, BaseSystem, Config]:
    """The ticket as it is now, its system and settings."""
    ticket = Ticket.objects.select_related("service").get(deliveries=row)
    return ticket, system_of(row.service), row.service.config


def _learn_account(
    service: OutboundService, system: BaseSystem, client: Client, config: Config
) -> None:
    """As whom the system knows the portal, so that what this does is not taken as news.

    Where it does not say so, the state of the ticket alone tells what is news.
    """
    if service.own_account:
        return
    with suppress(DeliveryError):
        service.own_account = system.account(client, config)[:200]
        OutboundService.objects.filter(pk=service.pk).update(own_account=service.own_account)


OPERATIONS: dict[OutboundOperation, Callable[[OutboundDelivery, Client], Done]] = {
    OutboundOperation.CALL: call,
    OutboundOperation.CREATE: create,
    OutboundOperation.STATUS: set_state,
    OutboundOperation.COMMENT: comment,
}
