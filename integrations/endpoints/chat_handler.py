"""Execute commands of a chat: who gave them, whether they may, and the reply."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone
from django_q.tasks import async_task

from incidents.models import Incident, User
from integrations.chat import responses, slack, teams, teams_actions
from integrations.chat.account_link import Claim, address_of, claim_of
from integrations.chat.command import ACT, OPEN, PERSON, PROVIDER, ChatCommand
from integrations.chat.markup import TEAMS, Markup, response_body
from integrations.chat.stored import CommandReader
from integrations.decoding.decode import UNREADABLE
from integrations.engine.commands.chat import permission_problem
from integrations.engine.engine import process_now
from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.receive import Answers, Receipt, check_access, receive, reject
from integrations.inbound.request import InboundRequest
from integrations.models import ChatIdentity, InboundMessage, Integration
from opsportal.lib.task_queues import SENDERS

Status = InboundMessage.Status
REPEAT_WINDOW = timedelta(minutes=10)
UNKNOWN = "This is no command that we know."
LATER = "It is kept, and will be done in a moment."
REPLY = "integrations.tasks.reply_to_chat"
READERS: dict[str, CommandReader] = {"slack": slack.read, "teams": teams.read}


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a command, or with a receipt that is no 2xx the rejection of the request.

    ``link`` is an address and the label of its button; ``form`` asks for what is to be filled in.
    """

    receipt: Receipt
    text: str = ""
    is_public: bool = False
    reply_to: str = ""
    link: tuple[str, str] | None = None
    form: ChatCommand | None = None


def handle_command(config: EndpointConfig, inbound: InboundRequest, provider: str) -> Reply:
    """Execute a signed message as the person of ours who sent it.

    A sender who is not linked, or may not do that, gets a refusal, which is stored. Raises Changed
    if the cached endpoint is stale.
    """
    if rejection := check_access(replace(config, signature_provider=provider), inbound):
        return Reply(rejection)
    return _reply(config.unchecked(), inbound, READERS[provider], Markup(provider))


def handle_action(config: EndpointConfig, inbound: InboundRequest) -> Reply:
    """Execute an action on a message in Teams, whose app shows a Bot Framework token.

    Otherwise as ``handle_command``.
    """
    if rejection := check_access(config.for_app(), inbound):
        return Reply(rejection)
    return _reply(config.unchecked(), inbound, teams_actions.read, Markup(TEAMS, is_card=True))


def _reply(
    proven: EndpointConfig, inbound: InboundRequest, read: CommandReader, markup: Markup
) -> Reply:
    body = inbound.decoded
    command = None if body is UNREADABLE else read(body)
    if command is None:
        return Reply(receive(proven, inbound, Answers(error=UNKNOWN)))
    inbound = inbound.with_header(PROVIDER, markup.provider)
    person = resolve_user(claim_of(command))
    if person is None:
        return _refuse_unlinked(proven, inbound, command, markup)
    integration = Integration.objects.select_related("service").get(pk=proven.integration_id)
    if reason := permission_problem(command, person, integration):
        return _reject(proven, inbound, command, reason, markup.text(reason))
    return _execute(proven, inbound.with_header(PERSON, str(person.pk)), command, person, markup)


def resolve_user(claim: Claim) -> User | None:
    """The active person who is linked to this user of a chat."""
    known = ChatIdentity.objects.filter(
        provider=claim.provider, workspace=claim.workspace, chat_user=claim.chat_user
    )
    row = known.filter(user__is_active=True).select_related("user").first()
    return row.user if row else None


def reply_later(reply: Reply, provider: str) -> None:
    """Let a worker post the reply to the URL that the chat named."""
    if reply.text:
        body = response_body(provider, reply.text, reply.is_public)
        async_task(REPLY, reply.reply_to, body, cluster=SENDERS)


def _refuse_unlinked(
    config: EndpointConfig, inbound: InboundRequest, command: ChatCommand, markup: Markup
) -> Reply:
    claim = claim_of(command)
    reason = f"Nobody here is linked to {command.who} ({command.user}) of {command.label}."
    reply = _reject(config, inbound, command, reason, responses.unlinked_user(markup, claim))
    return replace(reply, link=(address_of(claim), f"Link your {claim.label} account"))


def _reject(
    config: EndpointConfig, inbound: InboundRequest, command: ChatCommand, reason: str, text: str
) -> Reply:
    """A rejection that the person reads: the chat shows nothing but answers with 200."""
    receipt = reject(config, inbound, 200, reason)
    return Reply(replace(receipt, error=""), text, reply_to=command.reply_to)


def _execute(
    config: EndpointConfig,
    inbound: InboundRequest,
    command: ChatCommand,
    person: User,
    markup: Markup,
) -> Reply:
    opens = command.parsed.action == "open"
    message = _earlier(config, inbound)
    receipt = Receipt(200, message.pk if message else None)
    if message is None:
        receipt = receive(config, replace(inbound, route=OPEN if opens else ACT), Answers(200))
        if receipt.message_id is None or not receipt.is_accepted:
            text = f"{receipt.error}"
            return Reply(Receipt(200, receipt.message_id), text, reply_to=command.reply_to)
        message = process_now(receipt.message_id)
    if command.parsed.action == "form":
        return Reply(receipt, form=command)
    text = _text(command, message, person, markup)
    is_public = opens and message.incident_id is not None
    link = responses.link_to(message.incident) if message.incident else None
    return Reply(receipt, text, is_public, command.reply_to, link)


def _earlier(config: EndpointConfig, inbound: InboundRequest) -> InboundMessage | None:
    """The message of the same command, which chats repeat if the reply takes too long."""
    since = timezone.now() - REPEAT_WINDOW
    rows = InboundMessage.objects.filter(
        integration=config.integration_id, received_at__gte=since, body_digest=inbound.digest
    ).exclude(status__in=[Status.REJECTED, Status.FAILED])
    return rows.filter(route__in=[OPEN, ACT]).select_related("incident").first()


def _text(command: ChatCommand, message: InboundMessage, person: User, markup: Markup) -> str:
    """The outcome, for the person."""
    action, incident = command.parsed.action, message.incident
    if message.status == Status.PENDING:
        return LATER
    if action == "help":
        return responses.help_text(markup)
    if action == "list":
        return _list(markup, person)
    if action == "status" and incident:
        return responses.incident_line(markup, incident)
    if action == "open" and incident:
        return responses.opened(markup, command, incident, message.action or message.status)
    return markup.text(message.reason or "Nothing came of it: see the Inbound Log.")


def _list(markup: Markup, person: User) -> str:
    rows = Incident.objects.visible_to(person).unresolved().for_list()
    return responses.listing(markup, list(rows[: responses.MAX_LISTED]), rows.count())
