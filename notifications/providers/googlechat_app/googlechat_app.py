"""An app of one's own in Google Chat, of a Workspace.

https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages
"""

import json
import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from notifications.channels import _googlechat
from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.message.buttons import Button, buttons_of
from notifications.message.card import card_of
from notifications.message.message import Message
from notifications.message.thread_entry import thread_entry
from notifications.providers._base import BaseProvider
from notifications.providers.googlechat_app import _events
from notifications.providers.googlechat_app._api import call, forget_token, token_of
from notifications.receipts import Accepted, Callback, Heard, Reply

SPACE = "spaces/"
ID = re.compile(r"spaces/[\w-]{1,60}")
IN_ITS_THREAD = {"messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"}
EXAMPLE_KEY = json.dumps(
    {
        "client_email": "ops@project.iam.gserviceaccount.com",
        "private_key": "-----BEGIN PRIVATE KEY-----\nexample\n-----END PRIVATE KEY-----\n",
    }
)


class Provider(BaseProvider):
    """One app of one Cloud project. Its buttons act where Google reaches the portal."""

    label = "Google Chat app"
    example = {"project_number": "104200000001", "service_account_key": EXAMPLE_KEY}
    steps = (
        "In the Google Cloud console make a project in your Workspace, and enable its Google Chat "
        "API; copy the project number.",
        "Under IAM, Service Accounts create one without roles; Keys, Add key, JSON. Paste the "
        "content of the file below, and save.",
        "Under Google Chat API, Configuration: name OpsPortal, HTTP endpoint URL: the address "
        "under “Callbacks come to”; Authentication Audience: Project Number.",
        "Switch off “Build this Chat app as a Workspace add-on”, tick both functionalities, and "
        "make it visible to your people.",
        "People write “id” to the app and add it under You; in a space, add the app, mention it "
        "with “id”, and enter the answer under Configure, Webhooks.",
    )
    environment = {
        "project_number": "GOOGLE_CHAT_PROJECT_NUMBER",
        "service_account_key": "GOOGLE_CHAT_SERVICE_ACCOUNT_KEY",
    }

    class Form(forms.Form):
        project_number = forms.RegexField(
            r"^\d{6,20}$", help_text="On the dashboard of the project. Digits, not its name."
        )
        service_account_key = forms.CharField(
            max_length=6000,
            widget=forms.PasswordInput,
            help_text="The whole content of the JSON file that Google makes for the key.",
        )

        def clean_service_account_key(self) -> str:
            """Raises ValidationError for what is no key file of a service account."""
            text = str(self.cleaned_data["service_account_key"])
            try:
                key = json.loads(text)
                is_key = "BEGIN" in key["private_key"] and "@" in key["client_email"]
            except (ValueError, LookupError, TypeError):
                is_key = False
            if not is_key:
                raise forms.ValidationError("This is not the JSON file of a service account's key.")
            return text

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        space = _space(config, str(address["to"]))
        is_entry = bool(message.in_reply_to) and not message.asks
        content = (
            {"text": _googlechat.plain(thread_entry(message))}
            if is_entry
            else _content(config, str(address["to"]), message)
        )
        # The same request again is no second message.
        once = {} if message.is_redelivery else {"requestId": message.delivery_id}
        query = urlencode({**IN_ITS_THREAD, **once})
        parts = {**content, **_googlechat.thread_of(message)}
        sent = call(config, "POST", f"{space}/messages?{query}", parts)
        return Accepted(provider_id="" if is_entry else str(sent.get("name") or ""))

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        content = _content(config, str(address["to"]), message)
        call(config, "PATCH", f"{provider_id}?updateMask=text,cardsV2", content)

    def check(self, config: Config) -> str:
        """Asks for a token, and for the keys by which Google's requests are known."""
        forget_token(config)
        token_of(config)
        _events.KEYS.refresh()
        return (
            "Google Chat: the service account works. Whether the endpoint URL is right shows when "
            "you write “id” to the app."
        )

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        _events.check_token(config, callback)
        event = json.loads(callback.body)
        if not isinstance(event, dict):
            raise CallbackRefused("This is no event of Google Chat.")
        return _events.read(event)

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        """In a space what came of a press is seen by who pressed only."""
        place = json.loads(reply.respond_to)
        if not text or not ID.fullmatch(place["space"]):
            return
        viewer = {"privateMessageViewer": {"name": place["viewer"]}} if place["viewer"] else {}
        thread = {"thread": {"name": place["thread"]}} if place["thread"] else {}
        path = f"{place['space']}/messages?{urlencode(IN_ITS_THREAD)}"
        call(config, "POST", path, {"text": text, **viewer, **thread})


def _space(config: Config, to: str) -> str:
    """The space, or that of direct messages with the person, who has written to the app."""
    if to.startswith(SPACE):
        return to
    found = call(config, "GET", f"spaces:findDirectMessage?{urlencode({'name': to})}")
    return str(found.get("name") or "")


def _content(config: Config, to: str, message: Message) -> dict[str, Any]:
    card = card_of(message)
    acts = str(config.get("callback_url") or "").startswith("https://")
    offered = buttons_of(message, is_shared=to.startswith(SPACE)) if acts else ()
    links = _googlechat.link_buttons(card)
    opened = [one for one in links if one["onClick"]["openLink"]["url"] == message.url]
    shown = [*(_button(one) for one in offered), *(opened if acts else links)]
    content = _googlechat.content_of(card, "incident", shown)
    names = [
        f"<{one.address}>" if one.address else _googlechat.plain(one.name) for one in message.paged
    ]
    mentions = f"\n{_('Paged')}: {', '.join(names)}" if names else ""
    return {**content, "text": content["text"] + mentions}


def _button(button: Button) -> dict[str, Any]:
    parameters = [{"key": _events.PARAMETER, "value": button.value}]
    action = {"function": button.verb, "parameters": parameters}
    return {"text": button.label, "onClick": {"action": action}}
