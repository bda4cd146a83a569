"""What a push says, as the portal's service worker and Declarative Web Push read it."""

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from notifications.choices import NotificationEvent
from notifications.message.incident_summary import (
    OPENED,
    PRIORITY,
    SERVICE,
    SEVERITY,
    STATUS,
    one_line,
)
from notifications.message.message import Message, test_mark
from notifications.message.words import action_word
from notifications.page import PAGES
from notifications.push_receipts import SEEN, TAPPED, receipt_url

MAX_BYTES = 2000
MAX_TITLE = 120
MAX_BODY_CHARS = 700
CUT_CHARS = 40
MAX_ACKNOWLEDGED = 5  # So many are acknowledged by one tap: each is named in the message.
DECLARATIVE = 8030
SHOWN_FACTS = (SERVICE, SEVERITY, PRIORITY, STATUS, OPENED)
OF_DEVICE = (NotificationEvent.TEST, NotificationEvent.VERIFICATION)


def payload_of(message: Message) -> bytes:
    """The JSON of a push, at most 2,000 bytes: of what is too long, the text is cut."""
    text = _body_of(message)[:MAX_BODY_CHARS]
    while len(payload := _payload(message, text)) > MAX_BYTES and text:
        text = text[:-CUT_CHARS]
    return payload


def shown_text(message: Message) -> tuple[str, str]:
    """The title and the text, which is cut further only where links need the room."""
    return _title_of(message), _body_of(message)[:MAX_BODY_CHARS]


def _payload(message: Message, text: str) -> bytes:
    incidents = message.incidents
    is_of_device = message.event in OF_DEVICE and not incidents
    notification = {
        "title": _title_of(message),
        "body": text,
        "navigate": f"{settings.SITE_URL}/me/" if is_of_device else message.url,
        "tag": f"i{incidents[0].number}" if len(incidents) == 1 else message.delivery_id,
        "silent": bool(incidents) and not message.urgent,
        "requireInteraction": message.asks or not incidents,
    }
    content = {
        "web_push": DECLARATIVE,
        "notification": notification,
        "id": message.delivery_id,
        "seen": receipt_url(message.delivery_id, SEEN),
        "actions": _actions_of(message),
    }
    if is_of_device:
        content["tapped"] = receipt_url(message.delivery_id, TAPPED)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _title_of(message: Message) -> str:
    """Phones cut a title after some forty characters: how bad, which, and what come first."""
    if message.event == NotificationEvent.VERIFICATION:
        return _("Tap to confirm this device")
    has_own = message.own_title or message.written
    if len(message.incidents) != 1 or message.event not in PAGES or has_own:
        return one_line(message.title, MAX_TITLE)
    incident = message.incidents[0]
    again = f"{_('Again')}: " if message.event == NotificationEvent.REOPENED else ""
    mark = test_mark() if message.is_test else ""
    word = incident.severity_word.upper()
    title = f"{mark}{again}{word} #{incident.number} {incident.title}"
    return one_line(title, MAX_TITLE)


def _body_of(message: Message) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        words = _("OpsPortal pages you here once you have tapped this. Or type {code} there.")
        return words.format(code=message.code)
    if not message.incidents:
        return message.text if message.event == NotificationEvent.NOTICE else message.body
    lines = [*message.warnings, message.own_text.strip()]
    if message.written:
        lines += message.written.text.splitlines()
        return "\n".join(line for line in lines if line.strip())
    if len(message.incidents) == 1:
        incident = message.incidents[0]
        labels = {_(label) for label in SHOWN_FACTS}
        facts = [value for label, value in message.facts if label in labels]
        lines += [" · ".join(facts), has_it(incident.assignee)]
        lines.append(incident.details)
    else:
        lines += [incident.line for incident in message.listed]
        lines.append(message.more)
    lines.append(message.why)
    return "\n".join(line for line in lines if line)


def has_it(assignee: str) -> str:
    """Who has the incident; '' for nobody."""
    return _("{name} has it").format(name=assignee) if assignee else ""


def _actions_of(message: Message) -> list[dict[str, Any]]:
    """The buttons. One tap acknowledges only what the message names, all of it."""
    links = [
        action.url
        for incident in message.incidents
        for action in incident.actions
        if action.kind == "acknowledge"
    ]
    opened = {"action": "open", "title": pgettext("action", "Open")}
    if not links or len(links) != len(message.incidents) or len(links) > MAX_ACKNOWLEDGED:
        return [opened]
    count = len(links)
    several = ngettext("Acknowledge all {count}", "Acknowledge all {count}", count)
    title = action_word("acknowledge") if count == 1 else several.format(count=count)
    return [{"action": "acknowledge", "title": title, "urls": links}, opened]
