"""Whether a template may be saved, and what it says. Pure.

A template is refused with the field and with what to write instead: where it does not compile,
says nothing, or grows past the room that its kind of message has.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from incidents.choices import IncidentStatus, Severity, Urgency
from notifications.choices import NotificationEvent, TemplateKind, TemplateOccasion
from notifications.message.incident_summary import Action, IncidentSummary
from notifications.message.message import Message, Written, compose, with_words
from notifications.message.short import MAX_PARTS, whole_text
from notifications.message.sms_segments import segments
from notifications.message.template_engine import TemplateRefused, compiled, render
from notifications.message.template_fields import FIELDS, fields_of

# How many characters a message of each kind may have: the title, and the text.
ROOM = {
    TemplateKind.MAIL: (200, 20_000),
    TemplateKind.SHORT: (0, 500),
    TemplateKind.PUSH: (120, 700),
    TemplateKind.CHAT: (200, 3_000),
    TemplateKind.VOICE: (0, 300),
}
MAX_CHARS = 20_000  # of any text; channels cut it further
EVENTS = {
    TemplateOccasion.PAGE: (NotificationEvent.TRIGGERED, NotificationEvent.REOPENED),
    TemplateOccasion.UPDATE: (
        NotificationEvent.ACKNOWLEDGED,
        NotificationEvent.UPDATED,
        NotificationEvent.MERGED,
    ),
    TemplateOccasion.RESOLVED: (NotificationEvent.RESOLVED,),
    TemplateOccasion.SLA: (NotificationEvent.SLA_WARNING, NotificationEvent.SLA_BREACHED),
}
OCCASIONS = {event: occasion for occasion, events in EVENTS.items() for event in events}
SAMPLE_SITE = "https://portal.example.com"
SAMPLE_NOW = datetime(2026, 1, 23, 3, 12, tzinfo=UTC)
SAMPLE_TITLE = "Checkout is slow: the 95th percentile is at 2.4 seconds"


class FieldRefused(Exception):
    """``field`` (subject or text) cannot be saved; the sentence says what to write instead."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def has_subject(kind: TemplateKind) -> bool:
    """Whether messages of this kind have a title."""
    return ROOM[kind][0] > 0


def check_template(kind: TemplateKind, occasion: TemplateOccasion, template: Written) -> None:
    """Raises FieldRefused where the template may not be saved."""
    for field, source in (("subject", template.subject), ("text", template.text)):
        if field == "subject" and not has_subject(kind):
            if source:
                raise FieldRefused(field, "This kind of message has no title: leave it empty.")
            continue
        _check_field(kind, occasion, field, source)


def write(message: Message, template: Written) -> Message:
    """The message in the words of a template. Raises ``TemplateRefused`` and whatever else a
    template can make go wrong."""
    fields = fields_of(message)
    subject = " ".join(render(compiled(template.subject, FIELDS), fields).split())
    text = render(compiled(template.text, FIELDS), fields)
    if not text.strip():
        raise TemplateRefused("It says nothing about this incident.")
    return with_words(message, Written(subject, text[:MAX_CHARS]))


def sample_of(event: NotificationEvent, count: int) -> Message:
    """A message of so many incidents that there are not; without one a bare one."""
    if count == 0:
        bare = replace(_incident(1042, event), service="", priority="", assignee="", actions=())
        return compose(replace(_draft(event, 1), incidents=(bare,), reason=""))
    return compose(_draft(event, count))


def _check_field(kind: TemplateKind, occasion: TemplateOccasion, field: str, source: str) -> None:
    try:
        template = compiled(source, FIELDS)
        for event in EVENTS[occasion]:
            for count in (1, 3, 0):
                _check_room(kind, field, render(template, fields_of(sample_of(event, count))))
    except TemplateRefused as refusal:
        raise FieldRefused(field, str(refusal)) from refusal
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        sentence = f"It cannot be filled in ({type(error).__name__}): look at its filters."
        raise FieldRefused(field, sentence) from error


def _check_room(kind: TemplateKind, field: str, said: str) -> None:
    if not said.strip():
        raise FieldRefused(field, "It says nothing: write something outside of {% if … %}.")
    room = ROOM[kind][field == "text"]
    if len(said) > room:
        raise FieldRefused(
            field,
            f"With an ordinary incident it has {len(said):,} characters, and {room:,} are the "
            "most. Leave something out, or shorten it, as {{ title|truncatechars:60 }} does.",
        )
    if kind == TemplateKind.SHORT:
        _check_parts(field, said)


def _check_parts(field: str, said: str) -> None:
    sample = with_words(sample_of(NotificationEvent.TRIGGERED, 1), Written("", said))
    text = whole_text(sample)
    found = segments(text)
    if found.parts <= MAX_PARTS:
        return
    odd = "" if found.is_gsm else " A character that is not in the plain alphabet halves the room."
    raise FieldRefused(
        field,
        f"With an ordinary incident and its link it takes {found.parts} text messages, and "
        f"{MAX_PARTS} are the most. Leave something out.{odd}",
    )


def _draft(event: NotificationEvent, count: int) -> Message:
    return Message(
        event=event,
        recipient="Ada Lovelace",
        delivery_id="00000000-0000-4000-8000-000000000000",
        sent_at=SAMPLE_NOW,
        incidents=tuple(_incident(1042 + number, event) for number in range(count)),
        reason="step 1 of policy Web: you are on call",
        url=f"{SAMPLE_SITE}/incidents/" if count > 1 else "",
    )


def _incident(number: int, event: NotificationEvent) -> IncidentSummary:
    over = event == NotificationEvent.RESOLVED
    return IncidentSummary(
        number=number,
        title=SAMPLE_TITLE,
        status=IncidentStatus.RESOLVED if over else IncidentStatus.OPEN,
        urgency=Urgency.HIGH,
        severity=Severity.CRITICAL,
        priority="P1",
        url=f"{SAMPLE_SITE}/incidents/{number}/",
        opened_at=SAMPLE_NOW - timedelta(minutes=4),
        service="Web shop",
        assignee="Ada Lovelace",
        summary="Two of four servers answer slowly since the last deployment.",
        actions=(Action("acknowledge", "Acknowledge", f"{SAMPLE_SITE}/a/sample/"),),
        bridge="https://meet.example.com/web",
    )
