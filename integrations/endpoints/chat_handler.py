"""Commands out of a chat: who gave them, whether they may, and what is answered."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone
from django_q.tasks import async_task

from incidents.models import Incident, User
from integrations.chat import answers, slack, teams, teams_actions
from integrations.chat.account_link import Claim, address_of, claim_of
from integrations.chat.markup import TEAMS, Voice, body_of
from integrations.chat.request import ACT, OPEN, PERSON, PROVIDER, Asked
from integrations.chat.stored import Reader
from integrations.decoding import decode
from integrations.engine.commands.chat import permission_problem
from integrations.engine.engine import process_now
from integrations.errors import UnreadableBody
from integrations.inbound.endpoint_cache import Door
from integrations.inbound.receive import Receipt, receive, refuse, reject
from integrations.inbound.request import Arrival
from integrations.models import ChatIdentity, InboundMessage, Integration

Status = InboundMessage.Status
SENT_AGAIN = timedelta(minutes=10)
UNKNOWN = "This is no command that we know."
LATER = "It is kept, and will be done in a moment."
REPLY = "integrations.tasks.reply_to_chat"
TYPED: dict[str, Reader] = {"slack": slack.read, "teams": teams.read}


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command; a receipt that is no 2xx stands for all that is refused unread."""

    receipt: Receipt
    text: str = ""
    is_public: bool = False
    reply_to: str = ""
    link: tuple[str, str] | None = None  # an address, and what stands on its button
    form: Asked | None = None  # what is to be filled in, in place of an answer


def hear(door: Door, arrival: Arrival, provider: str) -> Reply:
    """Do what a signed message asks for, as the person of ours who sent it.

    Whoever is unknown or may not is refused, and that is kept. Raises ``Changed``.
    """
    if refusal := refuse(replace(door, signature_provider=provider), arrival):
        return Reply(refusal)
    return _answer(door.unchecked(), arrival, TYPED[provider], Voice(provider))


def hear_action(door: Door, arrival: Arrival) -> Reply:
    """Do what somebody chose at a message in Teams, whose app proves itself in its own way.

    Otherwise as ``hear``.
    """
    if refusal := refuse(door.for_app(), arrival):
        return Reply(refusal)
    return _answer(door.unchecked(), arrival, teams_actions.read, Voice(TEAMS, is_card=True))


def _answer(proven: Door, arrival: Arrival, read: Reader, voice: Voice) -> Reply:
    asked = _read(arrival, read)
    if asked is None:
        return Reply(receive(proven, arrival, error=UNKNOWN))
    arrival = arrival.with_header(PROVIDER, voice.provider)
    person = whom(claim_of(asked))
    if person is None:
        return _refuse_stranger(proven, arrival, asked, voice)
    integration = Integration.objects.select_related("service").get(pk=proven.integration_id)
    if reason := permission_problem(asked, person, integration):
        return _reject(proven, arrival, asked, reason, voice.text(reason))
    return _do(proven, arrival.with_header(PERSON, str(person.pk)), asked, person, voice)


def whom(claim: Claim) -> User | None:
    """The active person who is this user of a chat."""
    known = ChatIdentity.objects.filter(
        provider=claim.provider, workspace=claim.workspace, chat_user=claim.chat_user
    )
    row = known.filter(user__is_active=True).select_related("user").first()
    return row.user if row else None


def reply_later(reply: Reply, provider: str) -> None:
    """Let a worker post the answer where the chat wants it."""
    if reply.text:
        async_task(REPLY, reply.reply_to, body_of(provider, reply.text, reply.is_public))


def _read(arrival: Arrival, read: Reader) -> Asked | None:
    try:
        return read(decode.decode(arrival.body, arrival.content_type))
    except UnreadableBody:
        return None


def _refuse_stranger(door: Door, arrival: Arrival, asked: Asked, voice: Voice) -> Reply:
    claim = claim_of(asked)
    reason = f"Nobody here is linked to {asked.who} ({asked.user}) of {asked.label}."
    reply = _reject(door, arrival, asked, reason, answers.stranger(voice, claim))
    return replace(reply, link=(address_of(claim), f"Link your {claim.label} account"))


def _reject(door: Door, arrival: Arrival, asked: Asked, reason: str, text: str) -> Reply:
    """A refusal that the person reads: the chat shows nothing but answers with 200."""
    receipt = reject(door, arrival, 200, reason)
    return Reply(replace(receipt, error=""), text, reply_to=asked.reply_to)


def _do(door: Door, arrival: Arrival, asked: Asked, person: User, voice: Voice) -> Reply:
    opens = asked.command.deed == "open"
    message = _earlier(door, arrival)
    receipt = Receipt(200, message.pk if message else None)
    if message is None:
        receipt = receive(door, replace(arrival, route=OPEN if opens else ACT), status=200)
        if receipt.message_id is None or not receipt.is_accepted:
            text = f"{receipt.error}"
            return Reply(Receipt(200, receipt.message_id), text, reply_to=asked.reply_to)
        message = process_now(receipt.message_id)
    if asked.command.deed == "form":
        return Reply(receipt, form=asked)
    text = _text(asked, message, person, voice)
    is_public = opens and message.incident_id is not None
    link = answers.link_to(message.incident) if message.incident else None
    return Reply(receipt, text, is_public, asked.reply_to, link)


def _earlier(door: Door, arrival: Arrival) -> InboundMessage | None:
    """The same command, which the chat sends again because it heard no answer in time."""
    since = timezone.now() - SENT_AGAIN
    rows = InboundMessage.objects.filter(
        integration=door.integration_id, received_at__gte=since, body_digest=arrival.digest
    ).exclude(status__in=[Status.REJECTED, Status.FAILED])
    return rows.filter(route__in=[OPEN, ACT]).select_related("incident").first()


def _text(asked: Asked, message: InboundMessage, person: User, voice: Voice) -> str:
    """What came of it, for the person."""
    deed, incident = asked.command.deed, message.incident
    if message.status == Status.PENDING:
        return LATER
    if deed == "help":
        return answers.help_text(voice)
    if deed == "list":
        return _list(voice, person)
    if deed == "status" and incident:
        return answers.incident_line(voice, incident)
    if deed == "open" and incident:
        return answers.opened(voice, asked, incident, message.action or message.status)
    return voice.text(message.reason or "Nothing came of it: see the Inbound Log.")


def _list(voice: Voice, person: User) -> str:
    rows = Incident.objects.visible_to(person).unresolved().for_list()
    return answers.listing(voice, rows[: answers.MOST], rows.count())
