"""What became of the messages to a person, and of the requests to respond."""

from collections.abc import Iterator

from django.db.models import QuerySet

from escalation.models import Workflow
from escalation.why.question import Question
from escalation.why.reasons import Reason, sentence
from escalation.workflows.starting import workflow_id_of
from incidents.choices import RequestAnswer, TimelineVerb
from incidents.models import ResponderRequest, User
from notifications.channels import all_channels
from notifications.choices import NotificationEvent, NotificationState
from notifications.models import ContactMethod, Notification
from notifications.page import PAGES

ARRIVED = {NotificationState.SENT, NotificationState.DELIVERED}
MAX_MESSAGES = 40


def pages_to(asked: Question) -> tuple[list[Reason], Reason | None]:
    """(what became of each message that asked the person to act, the last that arrived)."""
    found, arrived = [], None
    for row in _latest(asked, event__in=PAGES, is_announcement=False):
        reason = _message(row, asked, "was paged")
        found.append(reason)
        if row.state in ARRIVED:
            arrived = reason
    return found, arrived


def notices_to(asked: Question) -> Iterator[Reason]:
    """What workflows told the person, which asks nobody to act."""
    for row in _latest(asked, event=NotificationEvent.WORKFLOW):
        yield _message(row, asked, "was told, and not asked to act,")


def _latest(asked: Question, **which: object) -> list[Notification]:
    """The latest messages to the person, in their order; the line in the portal is none."""
    rows: QuerySet[Notification] = Notification.objects.filter(
        incident=asked.incident, user=asked.person, **which
    )
    rows = rows.exclude(channel="inapp").select_related("contact_method")
    return list(reversed(rows.order_by("-due_at", "-pk")[:MAX_MESSAGES]))


def _message(row: Notification, asked: Question, was_told: str) -> Reason:
    label = all_channels()[row.channel].label if row.channel in all_channels() else row.channel
    because = f" ({row.reason})" if row.reason else ""
    at = row.done_at or row.due_at
    when = asked.spell(at)
    error = row.without_address(row.error, asked.reader)
    if row.state in ARRIVED:
        text = f"{asked.person} {was_told} {when} by {label}{because}"
    elif row.state == NotificationState.FAILED:
        text = f"by {label} it failed {when}, after {row.attempts_made} tries: {error}{because}"
    elif row.state == NotificationState.SUPERSEDED:
        text = f"by {label} it was not sent {when}: {error or 'nobody needed it any more'}{because}"
    else:
        failed = f", so far: {error}" if error else ""
        text = f"by {label} it is to go out {when}{_quiet(row)}{failed}{because}"
    return Reason(sentence(text), at)


def _quiet(row: Notification) -> str:
    method = row.contact_method
    is_quiet = method is not None and method.quiet_from is not None and not row.urgent
    return ", after the quiet hours of this address" if is_quiet else ""


def could_not(asked: Question) -> Iterator[Reason]:
    """What keeps every page from the person, of whichever step."""
    told = asked.incident.timeline.filter(
        verb=TimelineVerb.NOT_PAGED, facts__user=asked.person.pk
    ).last()
    if told:
        yield Reason(sentence(told.text), told.at)


def request_to(asked: Question) -> Iterator[Reason]:
    """Who asked the person to respond beside the policy, and what they answered."""
    row = asked.incident.responder_requests.filter(user=asked.person).first()
    if row is None:
        return
    words = f" (“{row.message}”)" if row.message else ""
    when = asked.spell(row.requested_at)
    text = f"{_asker(row, asked)} asked {asked.person} to respond {when}{words}"
    yield Reason(sentence(f"{text}: {_answer(row, asked)}"), row.requested_at)


def _answer(row: ResponderRequest, asked: Question) -> str:
    if row.answer != RequestAnswer.PENDING and row.answered_at:
        return f"{asked.person} {row.answer} {asked.spell(row.answered_at)}"
    if _latest(asked, reason__startswith="asked for"):
        return "there is no answer yet"
    return unreachable(asked.person)


def _asker(row: ResponderRequest, asked: Question) -> str:
    """A person, or the workflow, as the timeline names it."""
    if row.requested_by:
        return str(row.requested_by)
    lines = asked.incident.timeline.filter(facts__users__contains=[asked.person.pk])
    line = lines.exclude(facts__has_key="run").last()
    via = line.via if line else ""
    found = Workflow.objects.filter(pk=workflow_id_of(via) or 0).first()
    return f"the workflow “{found}”" if found else via or "the portal"


def unreachable(person: User) -> str:
    """Why nothing can be sent to a person."""
    if not person.is_active:
        return "they are switched off"
    if not ContactMethod.objects.usable().filter(user=person).exists():
        return "they have no verified and enabled address"
    return "they could not be reached at that moment"
