"""Cards in a channel of Microsoft Teams, by a Workflow."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from notifications.channels._base import Config
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card
from notifications.message.card import Card, card_of
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import escape
from notifications.message.message import Message

COLOURS = {"critical": "Attention", "error": "Attention", "warning": "Warning", "info": "Accent"}
RETIRED_HOSTS = (".webhook.office.com", ".logic.azure.com")
MEND = "In Teams: the channel's menu, Workflows, “Send webhook alerts to a channel”, copy the URL."
HEAD = {"type": "AdaptiveCard", "version": "1.4", "msteams": {"width": "Full"}}
CARD = "application/vnd.microsoft.card.adaptive"
MAX_BYTES = 18_000  # 28 kB are documented; a flow has been seen to fail from 21 kB on.
TEXT_LIMITS = (3000, 1000, 200)  # the longest with which the whole fits


class Channel(ByUrl):
    """A channel of Teams, through a Workflow. That the card appeared is only known to the flow."""

    label = "Microsoft Teams"
    example = {"url": "https://a1.environment.api.powerplatform.com/workflows/f1/invoke?sig=s1g"}
    reaches = False

    class Form(forms.Form):
        url = HookUrlField(
            help_text=f"{MEND} Give the flow a second owner: it ends with its only one."
        )

        def clean_url(self) -> str:
            """Raises ValidationError for the hosts of connectors and of earlier flows."""
            url = str(self.cleaned_data["url"])
            host = urlsplit(url).hostname or ""
            if host.endswith(RETIRED_HOSTS) or host == "outlook.office.com":
                raise forms.ValidationError(f"Microsoft has retired the URLs of this host. {MEND}")
            return url

    def send(self, config: Config, message: Message) -> str:
        answer = post_card(config["url"], _body(card_of(message)))
        return answer.headers.get("x-ms-workflow-run-id", "")


def _body(card: Card) -> bytes:
    for limit in TEXT_LIMITS:
        body = as_json(_payload(card, limit))
        if len(body) <= MAX_BYTES:
            break
    return body


def _payload(card: Card, limit: int) -> dict[str, Any]:
    title = {"size": "Large", "weight": "Bolder", "color": COLOURS.get(card.severity, "Default")}
    facts = [{"title": label, "value": _escaped(value)} for label, value in card.facts]
    parts = [
        _text(_escaped(card.title), **title),
        _text(_escaped(card.cut(limit))),
        _text(card.listing(_row, limit)),
        {"type": "FactSet", "facts": facts},
        _text(_escaped(card.note), isSubtle=True, size="Small"),
    ]
    content = {
        **HEAD,
        "body": [part for part in parts if part.get("text") or part.get("facts")],
        "actions": [
            {"type": "Action.OpenUrl", "title": link.label, "url": link.url} for link in card.links
        ],
    }
    attachment = {"contentType": CARD, "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _text(text: str, **look: Any) -> dict[str, Any]:
    lines = text.replace("\n\n", "\n").replace("\n", "\n\n")  # A single break is none in Teams.
    return {"type": "TextBlock", "wrap": True, "text": lines, **look}


def _row(incident: IncidentSummary) -> str:
    return f"{_escaped(incident.line)} [Open]({incident.url})"


def _escaped(text: str) -> str:
    return escape(text, "\\*_[]<>#")
