"""Answers from the contact methods of a team: who answers acts, known by name or not.

A shared telephone is nobody's, so what counts is that the message went there: it allows to answer
for the incidents that it named, in the round of its paging, and for no others.
"""

from django.db import transaction
from django.db.models import Q, QuerySet

from incidents.errors import DomainError
from incidents.models import Incident, User
from incidents.responders import why_not
from notifications import response_options
from notifications.actions.reply_commands import DONE, execute
from notifications.channels import all_channels
from notifications.models import ContactMethod, Notification, SharedChannel
from notifications.receipts import Reply
from notifications.replies import HELP, Command, parse
from opsportal.lib.encryption import readable

State = Notification.State


def told_team(channel: str, provider: str, reply: Reply) -> Notification | None:
    """The message to a team's address that a reply from there is about; None where it is of none:
    where it names a message of somebody's own, or comes from another address."""
    field = all_channels()[channel].address_field
    rows = SharedChannel.objects.filter(channel=channel, is_enabled=True)
    rows = rows.filter(team_contacts__isnull=False).distinct()
    places = [row.pk for row in rows if readable(row, "config", {}).get(field) == reply.address]
    if not places or not reply.address:
        return None
    told = _told(places)
    if reply.in_reply_to:
        told = told.filter(attempts__provider=provider, attempts__provider_id=reply.in_reply_to)
    elif (number := parse(reply.text).number) is not None:
        told = told.filter(incident=number)
    return told.order_by("-done_at", "-pk").first()


def _told(places: list[int]) -> QuerySet[Notification]:
    told = Notification.objects.filter(shared_channel__in=places, facts__has_key="team_contact")
    told = told.filter(state__in=[State.SENT, State.DELIVERED], incident__isnull=False)
    return told.select_related("shared_channel")


def answer_for_team(told: Notification, reply: Reply) -> tuple[User | None, str]:
    """→ (who is known by the address it came from, what came of the reply)."""
    command = parse(reply.text)
    by = _who(told, reply)
    if command.verb == "help":
        return by, HELP
    open_ = _named(told)
    wanted = [pk for pk in open_ if command.number in (None, pk)]
    if not wanted:
        return by, "That message was about no incident that is open."
    if len(wanted) > 1 and not command.is_for_all:
        return by, f"Which one? {', '.join(f'#{pk}' for pk in wanted[:5])}. Nothing was changed."
    return by, " ".join(_do(told, command, open_[pk], by) for pk in wanted)


def _named(told: Notification) -> dict[int, Incident]:
    """The incidents, if still open and in the same round of paging, of the same message."""
    first = told.merged_into_id or told.pk
    rows = Notification.objects.filter(Q(pk=first) | Q(merged_into=first))
    rows = rows.exclude(incident__status=Incident.Status.RESOLVED).select_related("incident")
    return {
        row.incident.pk: row.incident
        for row in rows.order_by("incident")
        if row.incident and row.facts.get("paging_round") == row.incident.paging_round
    }


def _who(told: Notification, reply: Reply) -> User | None:
    """The one person whose verified contact method has the address, if they may respond."""
    field = all_channels()[told.channel].address_field
    usable = ContactMethod.objects.usable().filter(channel=told.channel).select_related("user")
    people = {
        one.user
        for one in usable
        if reply.address and readable(one, "config", {}).get(field) == reply.address
    }
    only = people.pop() if len(people) == 1 else None
    return only if only and told.incident and not why_not(only, told.incident) else None


def _do(told: Notification, command: Command, incident: Incident, by: User | None) -> str:
    if command.verb == "status":
        who = incident.assignee or "nobody"
        return f"#{incident.pk}: {incident.status}, assigned to {who}."
    if said := response_options.refusal(incident.pk, told.channel, command.verb):
        return said
    try:
        with transaction.atomic():
            execute(command, incident.pk, by=by, via=str(told.shared_channel))
    except DomainError as refusal:
        return str(refusal)
    return f"#{incident.pk} {DONE[command.verb]}."
