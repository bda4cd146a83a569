"""Answers to messages act: as the person whose verified address they come from, once each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from incidents.errors import DomainError
from incidents.models import Incident, User
from incidents.responders import why_not
from notifications import response_options
from notifications.actions.contact_methods import add_proved_address, send_notice
from notifications.actions.proofs import note_answer
from notifications.actions.reply_commands import DONE, VERBS, execute
from notifications.actions.team_replies import answer_for_team, told_team
from notifications.address_codes import read_code
from notifications.channels import all_channels
from notifications.choices import NotificationEvent
from notifications.models import ContactMethod, Notification, ReceivedReply, SharedChannel
from notifications.receipts import Reply
from notifications.replies import HELP, Command, parse
from opsportal.lib.encryption import readable
from opsportal.lib.languages import written_in
from opsportal.lib.sentences import translated

__all__ = ["VERBS", "answer", "answer_told", "delete_old"]
HELP_EVERY = timedelta(minutes=10)  # Two robots that answer each other do not go on for ever.
MAX_NAMED = 5
PROVEN = "Thank you. What is sent here reaches you."
SHARED = (
    "Several people have this address, and none of them was told of that here. Nothing is done."
)
ELSEWHERE = "#{} is no open incident of the message that you have answered. Nothing is done."
HIDDEN = "#{incident.pk} is private. Ask for it where nobody else reads the answer."


@transaction.atomic
def answer(channel: str, provider: str, reply: Reply, *, by_message: bool = False) -> str:
    """Do what a reply asks for; a sentence about what came of it, in the language of whoever
    answered, '' where nothing is answered.

    Who is not known here is told how to be where the channel says it, and else not answered. What
    came before with the same id is not done again, unless it failed. With ``by_message`` the
    sentence is sent, once, to where the reply came from.
    """
    row, is_new = received(channel, provider, reply)
    if not is_new:
        return _said(row)
    if reply.code:
        row.result = _prove(channel, reply)
        row.save(update_fields=["result"])
        return _said(row)
    if (to_team := told_team(channel, provider, reply)) is not None:
        row.user, said = answer_for_team(to_team, reply)
        row.result = "" if said == HELP and _was_helped(row.user, row) else said
        row.save(update_fields=["user", "result"])
        if by_message and row.result and to_team.shared_channel:
            send_notice(to_team.shared_channel, row.result)
        return _said(row, to_team.shared_channel)
    methods = senders(channel, reply.address)
    if not methods:
        with written_in(""):
            return translated(all_channels()[channel].stranger_text(reply.address))
    method = methods[0] if len(methods) == 1 else _who_was_asked(methods, provider, reply)
    row.user = method.user if method else None
    told = _answered(method, provider, reply.in_reply_to) if method else None
    row.result = _result(method, row, reply, told)[:1000] if method else SHARED
    row.save(update_fields=["user", "result"])
    if by_message and row.result:
        send_notice(method or methods[0], row.result)
    return _said(row)


def _said(row: ReceivedReply, place: SharedChannel | None = None) -> str:
    """What came of an answer, as its sender reads it, or the place that it came from; rows hold it
    in English."""
    reader = row.user or place
    with written_in(reader.language if reader else ""):
        return translated(row.result)


@transaction.atomic
def answer_told(told: Notification, reply: Reply) -> str:
    """Do what is asked for by an answer to one notification, as the person whom it told, and of
    nothing but what its message told. What came of it is sent to the address that it went to; ''
    where that is no verified one any more."""
    if told.shared_channel_id and "team_contact" in told.facts:
        row, is_new = received(told.channel, told.channel, reply)
        if is_new:
            row.user, row.result = answer_for_team(told, reply)
            row.save(update_fields=["user", "result"])
        return row.result
    usable = ContactMethod.objects.usable().filter(notifications=told, user=told.user_id)
    method = usable.select_related("user").first()
    if method is None:
        return ""
    row, is_new = received(told.channel, told.channel, reply)
    if not is_new:
        return row.result
    number = parse(reply.text).number
    is_told = number is None or number in _named(method, told)
    row.user = method.user
    row.result = _result(method, row, reply, told)[:1000] if is_told else ELSEWHERE.format(number)
    row.save(update_fields=["user", "result"])
    if row.result:
        send_notice(method, row.result)
    return row.result


def received(channel: str, provider: str, reply: Reply) -> tuple[ReceivedReply, bool]:
    """The row of an answer, and whether it has come just now."""
    event_id = _plain(reply.event_id)[:255] or uuid4().hex  # Of those without an id each is done.
    return ReceivedReply.objects.get_or_create(
        provider=provider,
        event_id=event_id,
        defaults={"channel": channel, "text": _plain(reply.text)[:1000]},
    )


def _prove(channel: str, reply: Reply) -> str:
    """Make the address a verified one of whoever was given the code."""
    try:
        user_id = read_code(reply.code, channel)
    except DomainError as refusal:
        return str(refusal)
    method = add_proved_address(user_id, channel, reply.address)
    if method is None:
        return "Nobody has this account in OpsPortal any more."
    return f"{method.user}: this chat is one of your contact methods in OpsPortal now."


def senders(channel: str, address: str) -> list[ContactMethod]:
    """The verified contact methods that have this address: several where people share it."""
    field = all_channels()[channel].address_field
    usable = ContactMethod.objects.usable().filter(channel=channel).select_related("user")
    return [one for one in usable if address and readable(one, "config", {}).get(field) == address]


def _who_was_asked(
    methods: Sequence[ContactMethod], provider: str, reply: Reply
) -> ContactMethod | None:
    """Of those who share an address the one who was told last of what the reply is about; what
    asks for nothing is answered all the same."""
    command, told = parse(reply.text), _told(methods)
    if command.verb == "help":
        return methods[0]
    if command.number is not None:
        told = told.filter(incident=command.number)
    elif reply.in_reply_to:
        told = told.filter(_is_of(provider, reply.in_reply_to))
    last = told.order_by("-done_at", "-pk").first()
    return next((one for one in methods if last and one.pk == last.contact_method_id), None)


def _result(
    method: ContactMethod, row: ReceivedReply, reply: Reply, told: Notification | None
) -> str:
    """``told``: what the reply is about where it names no number."""
    command = parse(reply.text)
    if command.verb == "help":  # As what a robot writes is.
        return "" if _was_helped(method.user, row) else HELP
    if told is not None:
        note_answer(told)
    if command.number is not None:
        return _do(method, command, command.number, reply)
    if told and told.incident_id is None and command.verb == "acknowledge":
        return PROVEN
    named = _named(method, told)
    if len(named) == 1 or (named and command.is_for_all):
        of_rounds = [(number, replace(reply, paging_round=at)) for number, at in named.items()]
        return " ".join(_do(method, command, number, one) for number, one in of_rounds)
    if not named:
        which = "That" if reply.in_reply_to else "The last"
        return f"{which} message to you was about no incident that is open. {HELP}"
    numbers = ", ".join(f"#{number}" for number in list(named)[:MAX_NAMED])
    return f"Which one? {numbers}. Nothing was changed."


def _was_helped(user: User | None, row: ReceivedReply) -> bool:
    since = timezone.now() - HELP_EVERY
    earlier = ReceivedReply.objects.filter(user=user, result=HELP, received_at__gt=since)
    return earlier.exclude(pk=row.pk).exists()


def _answered(method: ContactMethod, provider: str, message_id: str) -> Notification | None:
    """What a message to this address told: the one that has this id at the provider, where it is
    known which one was answered, else the last."""
    sent = _told([method])
    of_id = sent.filter(_is_of(provider, message_id)) if message_id else sent
    return of_id.order_by("-done_at", "-pk").first()


def _named(method: ContactMethod, told: Notification | None) -> dict[int, int | None]:
    """The numbers of the incidents, if still open, that were told by the same message as this
    one, each with the round of its paging at that time."""
    if told is None:
        return {}
    first = told.merged_into_id or told.pk
    same = Notification.objects.filter(Q(pk=first) | Q(merged_into=first), contact_method=method)
    of_incidents = same.filter(incident__isnull=False)
    still = of_incidents.exclude(incident__status=Incident.Status.RESOLVED).order_by(
        "incident", "pk"
    )
    return dict(still.values_list("incident", "facts__paging_round"))


def _told(methods: Sequence[ContactMethod]) -> QuerySet[Notification]:
    """What can be answered of what these addresses were told: of incidents, and tests."""
    told = Notification.objects.filter(
        contact_method__in=methods,
        state__in=[Notification.State.SENT, Notification.State.DELIVERED],
    )
    return told.filter(Q(incident__isnull=False) | Q(event=NotificationEvent.TEST))


def _is_of(provider: str, message_id: str) -> Q:
    return Q(attempts__provider=provider, attempts__provider_id=message_id)


def _do(method: ContactMethod, command: Command, number: int, reply: Reply) -> str:
    incident = Incident.objects.select_related("assignee").filter(pk=number).first()
    if incident is None:
        return f"There is no incident #{number} that {method.user} may see."
    past = partial(_is_of_the_past, method, incident, reply.paging_round)
    if reason := why_not(method.user, incident) or past():
        return reason
    is_hidden = incident.is_private and reply.is_public
    if command.verb == "status":
        return HIDDEN.format(incident=incident) if is_hidden else _status(incident)
    return _change(method, command, incident, is_hidden=is_hidden)


def _change(method: ContactMethod, command: Command, incident: Incident, *, is_hidden: bool) -> str:
    """Act, and say so; who has an incident that ``is_hidden`` from who reads it is not named."""
    verb, number = command.verb, incident.pk
    if incident.is_resolved:
        return f"#{number} was resolved already."
    if said := response_options.refusal(number, method.channel, verb):
        return said
    try:
        with transaction.atomic():
            via = all_channels()[method.channel].label
            changed = execute(command, incident.pk, by=method.user, via=via)
    except DomainError as refusal:
        return str(refusal)
    is_mine = changed.assignee_id == method.user_id
    if verb != "acknowledge" or (is_hidden and not is_mine):
        return f"#{number} {DONE[verb]}."
    return f"Yours: #{number} acknowledged." if is_mine else _taken(changed)


def _is_of_the_past(method: ContactMethod, incident: Incident, paging_round: int | None) -> str:
    """Why an answer to a message of an earlier round does nothing; '' where it is of this one.

    The round is that of the button, or of the last message to this address.
    """
    if paging_round is None:
        told = Notification.objects.filter(contact_method=method, incident=incident)
        last = told.exclude(done_at=None).order_by("-done_at").first()
        paging_round = last.facts.get("paging_round") if last else None
    if incident.is_resolved or paging_round in (None, incident.paging_round):
        return ""
    return f"That was an earlier round of #{incident.pk}: paging has started anew since."


def _taken(incident: Incident) -> str:
    return f"#{incident.pk} acknowledged. {incident.assignee} has it."


def _plain(text: str) -> str:
    """Without what the database stores in no text."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def delete_old(before: datetime, *, limit: int) -> int:
    """Delete answers that came before a time, the oldest of them; returns how many that were."""
    oldest = ReceivedReply.objects.order_by("pk").values_list("pk", "received_at")[:limit]
    old = [pk for pk, received_at in oldest if received_at < before]
    return ReceivedReply.objects.filter(pk__in=old).delete()[0] if old else 0


def _status(incident: Incident) -> str:
    who = incident.assignee or "nobody"
    return f"#{incident.pk} {incident.title}: {incident.status}, assigned to {who}."
