"""What a push says, as the portal's service worker and Declarative Web Push read it."""

import json
from typing import Any

from django.conf import settings

from notifications.choices import NotificationEvent
from notifications.message.incident_summary import one_line
from notifications.message.message import TEST_MARK, Message
from notifications.page import PAGES
from notifications.push_receipts import SEEN, TAPPED, receipt_url

MAX_BYTES = 2000
MAX_TITLE = 120
MAX_BODY_CHARS = 700
CUT_CHARS = 40
MAX_ACKNOWLEDGED = 5  # So many are acknowledged by one tap: each is named in the message.
DECLARATIVE = 8030
SHOWN_FACTS = ("Service", "Severity", "Priority", "Status", "Opened")
OF_DEVICE = (NotificationEvent.TEST, NotificationEvent.VERIFICATION)


def payload_of(message: Message) -> bytes:
    """The JSON of a push, at most 2,000 bytes: of what is too long, the text is cut."""
    text = _body_of(message)[:MAX_BODY_CHARS]
    while len(payload := _payload(message, text)) > MAX_BYTES and text:
        text = text[:-CUT_CHARS]
    return payload


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
        return "Tap to confirm this device"
    if len(message.incidents) != 1 or message.event not in PAGES or message.own_title:
        return one_line(message.title, MAX_TITLE)
    incident = message.incidents[0]
    again = "Again: " if message.event == NotificationEvent.REOPENED else ""
    mark = TEST_MARK if message.is_test else ""
    title = f"{mark}{again}{incident.severity.upper()} #{incident.number} {incident.title}"
    return one_line(title, MAX_TITLE)


def _body_of(message: Message) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        return f"OpsPortal pages you here once you have tapped this. Or type {message.code} there."
    if not message.incidents:
        return message.text if message.event == NotificationEvent.NOTICE else message.body
    lines = [*message.warnings, message.own_text.strip()]
    if len(message.incidents) == 1:
        incident = message.incidents[0]
        facts = [value for label, value in message.facts if label in SHOWN_FACTS]
        lines += [" · ".join(facts), f"{incident.assignee} has it" if incident.assignee else ""]
        lines.append(incident.details)
    else:
        lines += [incident.line for incident in message.listed]
        lines.append(f"and {message.unlisted} more" if message.unlisted else "")
    lines.append(f"Why you: {message.reason}" if message.reason else "")
    return "\n".join(line for line in lines if line)


def _actions_of(message: Message) -> list[dict[str, Any]]:
    """The buttons. One tap acknowledges only what the message names, all of it."""
    links = [
        action.url
        for incident in message.incidents
        for action in incident.actions
        if action.kind == "acknowledge"
    ]
    opened = {"action": "open", "title": "Open"}
    if not links or len(links) != len(message.incidents) or len(links) > MAX_ACKNOWLEDGED:
        return [opened]
    title = "Acknowledge" if len(links) == 1 else f"Acknowledge all {len(links)}"
    return [{"action": "acknowledge", "title": title, "urls": links}, opened]
