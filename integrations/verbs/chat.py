"""Commands out of a chat: who gave them, whether they may, and what is answered."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone
from django_q.tasks import async_task

from incidents.errors import InvalidRequest
from incidents.models import Incident, User
from integrations import decoding
from integrations.arrival import Arrival
from integrations.chat import saying
from integrations.chat.asked import ACT, OPEN, PERSON, PROVIDER, Asked
from integrations.chat.linking import Claim, claim_of
from integrations.chat.reading import READERS
from integrations.chat.voices import Voice, body_of
from integrations.doors import Door
from integrations.errors import UnreadableBody
from integrations.models import ChatIdentity, InboundMessage, Integration
from integrations.verbs.chat_deeds import refusal_of
from integrations.verbs.receiving import Receipt, receive, refuse, reject
from integrations.verbs.working import work_now

Status = InboundMessage.Status
SENT_AGAIN = timedelta(minutes=10)
UNKNOWN = "This is no command that we know."
LATER = "It is kept, and will be done in a moment."
REPLY = "integrations.tasks.reply_to_chat"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command; a receipt that is no 2xx stands for all that is refused unread."""

    receipt: Receipt
    text: str = ""
    is_public: bool = False
    reply_to: str = ""


def hear(door: Door, arrival: Arrival, provider: str) -> Reply:
    """Do what a signed message asks for, as the person of ours who sent it.

    Whoever is unknown or may not is refused, and that is kept. Raises ``Changed``.
    """
    if refusal := refuse(replace(door, signature_provider=provider), arrival):
        return Reply(refusal)
    proven = door.unchecked()
    asked = _read(arrival, provider)
    if asked is None:
        return Reply(receive(proven, arrival, error=UNKNOWN))
    arrival = arrival.with_header(PROVIDER, provider)
    voice = Voice(provider)
    person = whom(claim_of(asked))
    if person is None:
        reason = f"Nobody here is linked to {asked.who} ({asked.user}) of {asked.label}."
        text = saying.stranger(voice, claim_of(asked))
        return _reject(proven, arrival, asked, reason, text)
    integration = Integration.objects.select_related("service").get(pk=door.integration_id)
    if reason := refusal_of(asked, person, integration):
        return _reject(proven, arrival, asked, reason, voice.text(reason))
    return _do(proven, arrival.with_header(PERSON, str(person.pk)), asked, person)


def whom(claim: Claim) -> User | None:
    """The active person who is this user of a chat."""
    known = ChatIdentity.objects.filter(
        provider=claim.provider, workspace=claim.workspace, chat_user=claim.chat_user
    )
    row = known.filter(user__is_active=True).select_related("user").first()
    return row.user if row else None


def link_chat_user(user: User, claim: Claim) -> ChatIdentity:
    """From now on this user of a chat acts as this person. Doing it twice changes nothing.

    Raises InvalidRequest where it acts as somebody else already.
    """
    row, _ = ChatIdentity.objects.get_or_create(
        provider=claim.provider,
        workspace=claim.workspace,
        chat_user=claim.chat_user,
        defaults={"user": user, "name": claim.name},
    )
    if row.user_id != user.pk:
        raise InvalidRequest(
            f"chat_user: {row} is linked to somebody else already. They or an administrator "
            "can remove that link."
        )
    return row


def unlink_chat_user(identity_id: int) -> None:
    """It acts as nobody from now on."""
    ChatIdentity.objects.filter(pk=identity_id).delete()


def reply_later(reply: Reply, provider: str) -> None:
    """Let a worker post the answer where the chat wants it."""
    if reply.text:
        async_task(REPLY, reply.reply_to, body_of(provider, reply.text, reply.is_public))


def _read(arrival: Arrival, provider: str) -> Asked | None:
    try:
        return READERS[provider](decoding.decode(arrival.body, arrival.content_type))
    except UnreadableBody:
        return None


def _reject(door: Door, arrival: Arrival, asked: Asked, reason: str, text: str) -> Reply:
    """A refusal that the person reads: the chat shows nothing but answers with 200."""
    receipt = reject(door, arrival, 200, reason)
    return Reply(replace(receipt, error=""), text, reply_to=asked.reply_to)


def _do(door: Door, arrival: Arrival, asked: Asked, person: User) -> Reply:
    opens = asked.command.deed == "open"
    message = _earlier(door, arrival)
    receipt = Receipt(200, message.pk if message else None)
    if message is None:
        receipt = receive(door, replace(arrival, route=OPEN if opens else ACT), status=200)
        if receipt.message_id is None or not receipt.is_accepted:
            text = f"{receipt.error}"
            return Reply(Receipt(200, receipt.message_id), text, reply_to=asked.reply_to)
        message = work_now(receipt.message_id)
    text = _text(asked, message, person)
    is_public = opens and message.incident_id is not None
    return Reply(receipt, text, is_public, asked.reply_to)


def _earlier(door: Door, arrival: Arrival) -> InboundMessage | None:
    """The same command, which the chat sends again because it heard no answer in time."""
    since = timezone.now() - SENT_AGAIN
    rows = InboundMessage.objects.filter(
        integration=door.integration_id, received_at__gte=since, body_digest=arrival.digest
    ).exclude(status__in=[Status.REJECTED, Status.FAILED])
    return rows.filter(route__in=[OPEN, ACT]).select_related("incident").first()


def _text(asked: Asked, message: InboundMessage, person: User) -> str:
    """What came of it, for the person."""
    voice, deed, incident = Voice(asked.provider), asked.command.deed, message.incident
    if message.status == Status.PENDING:
        return LATER
    if deed == "help":
        return saying.help_text(voice)
    if deed == "list":
        return _list(voice, person)
    if deed == "status" and incident:
        return saying.incident_line(voice, incident)
    if deed == "open" and incident:
        return saying.opened(voice, asked, incident, message.action or message.status)
    return voice.text(message.reason or "Nothing came of it: see the Inbound Log.")


def _list(voice: Voice, person: User) -> str:
    rows = Incident.objects.visible_to(person).unresolved().for_list()
    return saying.listing(voice, rows[: saying.MOST], rows.count())
