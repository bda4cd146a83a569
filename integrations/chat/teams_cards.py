"""What an action on a message in Teams is answered: dialogs with a card in them.

Words of others stand in text runs, which know no markup: nothing in them forges a link.
"""

from typing import Any

from incidents.report import SEVERITIES
from integrations.chat.command import ChatCommand
from integrations.chat.parser import MAX_CHARS
from opsportal.lib.text import clean

TITLE = "Open an incident"
CARD = "application/vnd.microsoft.card.adaptive"
VERSION = "1.5"
MAX_KEPT_CHARS = 4000  # A card has 28 KB at most.
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def form(command: ChatCommand, severity: str = SEVERITIES[0]) -> dict[str, Any]:
    """Asks for the title and the severity; what comes back brings the message along."""
    kept = {"text": command.text[:MAX_KEPT_CHARS], "link": command.link, "author": command.author}
    choices = [{"title": name.capitalize(), "value": name} for name in SEVERITIES]
    body: list[dict[str, Any]] = [
        {
            "type": "Input.Text",
            "id": "title",
            "label": "What is wrong",
            "value": clean(command.parsed.text),
            "maxLength": MAX_CHARS,
            "isRequired": True,
            "errorMessage": "Write what is wrong.",
        },
        {
            "type": "Input.ChoiceSet",
            "id": "severity",
            "label": "Severity",
            "value": severity,
            "choices": choices,
        },
    ]
    kept = {name: clean(text) for name, text in kept.items() if text}
    return _dialog(body, [{"type": "Action.Submit", "title": TITLE, "data": kept}])


def text(text: str, link: tuple[str, str] | None = None) -> dict[str, Any]:
    """Says something; the link is an address, and what stands on its button."""
    runs = [{"type": "TextRun", "text": line} for line in clean(text).splitlines() if line]
    body = [{"type": "RichTextBlock", "inlines": [run]} for run in runs]
    actions = [{"type": "Action.OpenUrl", "title": link[1], "url": link[0]}] if link else []
    return _dialog(body, actions)


def _dialog(body: list[dict[str, Any]], actions: list[dict[str, Any]]) -> dict[str, Any]:
    content = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": VERSION}
    card = {"contentType": CARD, "content": {**content, "body": body, "actions": actions}}
    shown = {"title": TITLE, "width": "medium", "height": "medium", "card": card}
    return {"task": {"type": "continue", "value": shown}}
