"""What a message would say by a template: on an incident of one's choice, or on a sample."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import Incident, User
from notifications.actions.build_message import summary_of
from notifications.actions.message_templates import Key
from notifications.choices import TemplateKind, TemplateOccasion
from notifications.message.chat_text import chat_text
from notifications.message.mail import mail_of
from notifications.message.message import Message, Written, compose
from notifications.message.push import shown_text
from notifications.message.short import sms_text
from notifications.message.sms_segments import Segments, segments
from notifications.message.spoken import spoken_text
from notifications.message.template_check import (
    EVENTS,
    ROOM,
    FieldRefused,
    check_template,
    sample_of,
    write,
)
from notifications.message.words import action_word
from notifications.models import Notification
from notifications.provider_accounts import accounts_of
from opsportal.lib.languages import language_of, written_in

# As long as the link of a real message.
SAMPLE_TOKEN = "aExample.0.0.00000000.0000000000000000000000"  # noqa: S105
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Preview:
    """What arrives. ``sms`` and ``price`` (with its currency) are of text messages only; the price
    is that of the first account that has one."""

    subject: str
    text: str
    sms: Segments | None = None
    price: Decimal | None = None
    currency: str = ""

    @property
    def chars(self) -> int:
        """Characters of the text."""
        return len(self.text)


def preview(key: Key, template: Written, user: User, *, number: int | None = None) -> Preview:
    """What this person would get by the template, of the incident of this number, else of a
    sample. Raises InvalidRequest, which names the field."""
    kind, occasion, language = key
    try:
        check_template(kind, occasion, template)
    except FieldRefused as refusal:
        raise InvalidRequest(f"{refusal.field}: {refusal}") from refusal
    with written_in(language):
        draft = _of_incident(user, occasion, number) if number else _sample(user, occasion)
        message = compose(replace(draft, language=language_of(language)), zone=user.zone)
        return _shown(kind, write(message, template))


def _sample(user: User, occasion: TemplateOccasion) -> Message:
    return replace(sample_of(EVENTS[occasion][0], 1), recipient=str(user))


def _of_incident(user: User, occasion: TemplateOccasion, number: int) -> Message:
    """About a real incident, with links that do nothing. Raises InvalidRequest."""
    visible = Incident.objects.visible_to(user).select_related("service", "assignee")
    incident = visible.filter(pk=number).first()
    if incident is None:
        raise InvalidRequest(f"incident: There is no incident #{number} that you may see.")
    event = EVENTS[occasion][0]
    row = Notification(incident=incident, user=user, event=event, delivery_id=NOBODY)
    summary = summary_of(incident, row, may_act=False)
    sample = sample_of(event, 1)
    links = tuple(
        replace(one, label=action_word(one.kind), url=f"{settings.SITE_URL}/a/{SAMPLE_TOKEN}/")
        for one in sample.incidents[0].actions
    )
    return replace(
        sample,
        recipient=str(user),
        sent_at=timezone.now(),
        incidents=(replace(summary, actions=links),),
        url="",
    )


def _shown(kind: TemplateKind, message: Message) -> Preview:
    if kind == TemplateKind.SHORT:
        return _sms(sms_text(message))
    if kind == TemplateKind.VOICE:
        return Preview("", spoken_text(message))
    if kind == TemplateKind.PUSH:
        return Preview(*shown_text(message))
    if kind == TemplateKind.CHAT:
        text = chat_text(message, limit=ROOM[kind][1], with_subject=False)
        return Preview(message.subject, text)
    mail = mail_of(message, "you@example.com")
    return Preview(mail.subject, mail.text.strip())


def _sms(text: str) -> Preview:
    found = segments(text)
    priced = [one for one in accounts_of("sms") if one.unit_price is not None]
    if not priced:
        return Preview("", text, found)
    price = (priced[0].unit_price or Decimal(0)) * found.parts
    return Preview("", text, found, price, priced[0].currency)
