"""Message templates: saved, reset, and used. What fails falls back to the usual text."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from django.db import DatabaseError, transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.channels import all_channels
from notifications.choices import TemplateKind, TemplateOccasion
from notifications.message.message import Message, Written
from notifications.message.stock_templates import stock_text
from notifications.message.template_check import OCCASIONS, FieldRefused, check_template, write
from notifications.models import MessageTemplate
from opsportal.lib.languages import written_in

logger = logging.getLogger(__name__)
Key = tuple[TemplateKind, TemplateOccasion, str]  # of which language: '' for all


@transaction.atomic
def save_template(key: Key, template: Written, *, by: User | None) -> MessageTemplate:
    """Use these words from the next message on. Raises InvalidRequest, which names the field."""
    kind, occasion, language = key
    try:
        check_template(kind, occasion, template)
    except FieldRefused as refusal:
        raise InvalidRequest(f"{refusal.field}: {refusal}") from refusal
    row, _ = MessageTemplate.objects.select_for_update(no_key=True).update_or_create(
        kind=kind,
        occasion=occasion,
        language=language,
        defaults={
            "subject": template.subject,
            "text": template.text,
            "changed_at": timezone.now(),
            "changed_by": by,
            "error": "",
            "failed_at": None,
        },
    )
    return row


def reset_template(key: Key) -> None:
    """The usual text again, from the next message on; twice changes nothing."""
    for row in _rows(*key[:2], [key[2]]):  # Each by itself, for the audit log.
        row.delete()


def text_of(key: Key) -> Written:
    """The words of a template; the usual ones where there is none."""
    kind, occasion, language = key
    if rows := _rows(kind, occasion, [language]):
        return Written(rows[0].subject, rows[0].text)
    with written_in(language):
        return stock_text(kind, occasion)


def in_own_words(message: Message, channel: str) -> Message:
    """The message as the template says that is for its channel, its occasion and its language.

    The message itself where there is none, and where it fails: no page is lost over its words.
    """
    kind = all_channels()[channel].template_kind
    occasion = OCCASIONS.get(message.event)
    if kind is None or occasion is None or not message.incidents or message.own_title:
        return message
    row: MessageTemplate | None = None
    try:
        found = _rows(kind, occasion, ["", message.language])
        if not found:
            return message
        row = found[-1]  # That of the language, where there are both.
        return write(message, Written(row.subject, row.text))
    except Exception as error:
        logger.exception("The template %s cannot be used: the usual text is sent", row)
        _note_failure(row, f"{type(error).__name__}: {error}"[:300])
        return message


def _rows(
    kind: TemplateKind, occasion: TemplateOccasion, languages: Sequence[str]
) -> list[MessageTemplate]:
    rows = MessageTemplate.objects.filter(kind=kind, occasion=occasion, language__in=languages)
    return list(rows.order_by("language"))


def _note_failure(row: MessageTemplate | None, error: str) -> None:
    """For whoever looks at the templates; that it cannot be noted loses no page either."""
    if row is not None:
        with suppress(DatabaseError):
            MessageTemplate.objects.filter(pk=row.pk).update(error=error, failed_at=timezone.now())
