"""A bot of Azure in Microsoft Teams.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django import forms
from django.utils.translation import gettext as _

from notifications.channels import _teams
from notifications.channels._base import Config, WebAddressField
from notifications.errors import CallbackRefused
from notifications.message.buttons import Button, buttons_of
from notifications.message.card import card_of
from notifications.message.incident_summary import one_line
from notifications.message.message import Message
from notifications.message.thread_entry import thread_entry
from notifications.providers._base import BaseProvider
from notifications.providers.teams_bot import _activities, _caller, _package
from notifications.providers.teams_bot._api import activities, call, forget_token, token_of
from notifications.receipts import Accepted, Callback, Heard, Reply

GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
ROOM = "19:"  # How the ID of a channel or group chat begins.
OF_A_TEAM = ("@thread.tacv2", "@thread.skype")  # Posts of a channel are threads of their own.
STYLES = {"acknowledge": "positive", "resolve": "destructive"}


class Provider(BaseProvider):
    """One bot of one tenant. Its buttons act where Microsoft reaches the portal."""

    label = "Teams bot"
    example = {
        "app_id": "11111111-2222-4333-8444-555555555555",
        "tenant_id": "99999999-8888-4777-8666-555555555555",
        "app_secret": "Ex8Q~example.secret",
        "service_url": "",
    }
    steps = (
        "In the Azure portal create an Azure Bot, type Single Tenant, with a new app ID; copy "
        "Microsoft App ID and App Tenant ID from its Configuration.",
        "Next to the app ID choose Manage Password, New client secret; copy its value.",
        "Enter all three below, and save. Then set the Messaging endpoint of the bot to the "
        "address under “Callbacks come to”, and add Microsoft Teams under Channels.",
        "Download the app package under Settings, Notifications, Teams bot.",
        "In the Teams admin center upload it under Manage apps; install it for the people, and "
        "add it to the teams that are to be told.",
        "People write “id” to the bot and add it under You; of a channel, mention it with “id” "
        "and enter the answer under Configure, Webhooks.",
    )
    environment = {
        "app_id": "TEAMS_APP_ID",
        "tenant_id": "TEAMS_TENANT_ID",
        "app_secret": "TEAMS_APP_SECRET",
    }
    patience_s = 5.0  # Teams gives up after some ten seconds.

    class Form(forms.Form):
        app_id = forms.RegexField(
            GUID, label="Microsoft App ID", help_text="Of the bot's Configuration in Azure."
        )
        tenant_id = forms.RegexField(
            GUID, label="App Tenant ID", help_text="Beside it. Requests of others are refused."
        )
        app_secret = forms.CharField(
            label="Client secret",
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Its value, not its ID. It ends after at most 24 months: note when.",
        )
        service_url = WebAddressField(
            required=False,
            label="Service URL",
            max_length=200,
            help_text="Only where that of Teams is another one; empty: "
            "https://smba.trafficmanager.net/teams.",
        )

        def clean_service_url(self) -> str:
            """Raises ValidationError for a host that is none of Teams: tokens go there."""
            url = str(self.cleaned_data["service_url"])
            if url and not _caller.is_service(url):
                raise forms.ValidationError("This is no service URL of Microsoft Teams.")
            return url

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        to = str(address["to"])
        conversation = message.in_reply_to.rpartition(" ")[0]
        if conversation and not message.asks:
            entry = {"type": "message", "text": _teams.escaped(thread_entry(message))}
            call(config, "POST", activities(conversation), entry)
            return Accepted()
        activity = _activity(config, to, message)
        if to.endswith(OF_A_TEAM) and not conversation:
            return _begin_thread(config, to, activity)
        conversation = conversation or (to if to.startswith(ROOM) else _chat_with(config, to))
        sent = call(config, "POST", activities(conversation), activity)
        return Accepted(provider_id=f"{conversation} {sent.get('id', '')}")

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        conversation, _, sent = provider_id.rpartition(" ")
        path = f"{activities(conversation)}/{quote(sent, safe='')}"
        call(config, "PUT", path, {**_activity(config, str(address["to"]), message), "id": sent})

    def check(self, config: Config) -> str:
        """Asks for a token, and for the keys by which Microsoft's requests are known."""
        forget_token(config)
        token_of(config)
        _caller.KEYS.refresh()
        return (
            "Teams: the credentials of the bot work. Whether its Messaging endpoint is right shows "
            "when you write “id” to it."
        )

    def package(self, config: Config) -> tuple[str, bytes]:
        return "opsportal-teams.zip", _package.package(config["app_id"])

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        try:
            activity = json.loads(callback.body)
        except ValueError:
            activity = None
        if not isinstance(activity, dict):
            raise CallbackRefused("This is no activity of Teams.")
        _caller.check(config, callback, activity)
        return _activities.read(activity)

    def follow_up(self, config: Config, what: str) -> Heard:
        place = json.loads(what)
        _write(config, place, str(place["text"]))
        return Heard()

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        return _activities.said(" ".join(texts) or _(_activities.NOTHING)), _activities.JSON

    def answer_later(self) -> tuple[str, str]:
        return _activities.said(_(_activities.LATER)), _activities.JSON

    def tells_of(self, reply: Reply) -> bool:
        """What is written is answered by a message, and a press by what who pressed is shown."""
        return reply.event_id.startswith(_activities.TEXT)

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        if text and reply.respond_to:
            _write(config, json.loads(reply.respond_to), text)

    def code_link(self, config: Config, code: str) -> str:
        """A chat with the bot in which the code is typed already."""
        words = quote(f"link {code}")
        bot = quote(f"28:{config['app_id']}")
        return f"https://teams.microsoft.com/l/chat/0/0?users={bot}&message={words}"


def _write(config: Config, place: dict[str, Any], text: str) -> None:
    if _caller.is_service(place["service"]):
        path, parts = activities(str(place["conversation"])), {"type": "message", "text": text}
        call(config, "POST", path, parts, service=str(place["service"]))


def _chat_with(config: Config, person: str) -> str:
    """The conversation of the bot with one person, who has the app."""
    parts = {
        "bot": {"id": f"28:{config['app_id']}"},
        "isGroup": False,
        "members": [{"id": person}],
        "tenantId": config["tenant_id"],
        "channelData": {"tenant": {"id": config["tenant_id"]}},
    }
    return str(call(config, "POST", "conversations", parts).get("id") or "")


def _begin_thread(config: Config, channel: str, activity: dict[str, Any]) -> Accepted:
    parts = {
        "bot": {"id": f"28:{config['app_id']}"},
        "isGroup": True,
        "tenantId": config["tenant_id"],
        "channelData": {"channel": {"id": channel}},
        "activity": activity,
    }
    made = call(config, "POST", "conversations", parts)
    return Accepted(provider_id=f"{made.get('id', '')} {made.get('activityId', '')}".strip())


def _activity(config: Config, to: str, message: Message) -> dict[str, Any]:
    card = card_of(message)
    acts = str(config.get("callback_url") or "").startswith("https://")
    offered = buttons_of(message, is_shared=to.startswith(ROOM)) if acts else ()
    links = _teams.link_actions(card)
    opened = [link for link in links if link["url"] == message.url] if acts else links
    names = [(one_line(p.name, 60).replace("<", "").replace(">", ""), p) for p in message.paged]
    words = [f"<at>{name}</at>" if p.address else _teams.escaped(name) for name, p in names]
    paged = [_teams.text_block(f"{_('Paged')}: {', '.join(words)}")] if words else []
    activity = _teams.activity_of(card, [*(_button(one) for one in offered), *opened], *paged)
    entities = [
        {
            "type": "mention",
            "text": f"<at>{name}</at>",
            "mentioned": {"id": p.address, "name": name},
        }
        for name, p in names
        if p.address
    ]
    content = activity["attachments"][0]["content"]
    content["msteams"] = {**content["msteams"], **({"entities": entities} if entities else {})}
    alert = {"channelData": {"notification": {"alert": True}}} if message.urgent else {}
    return {**activity, "summary": message.subject, **alert}


def _button(button: Button) -> dict[str, Any]:
    style = STYLES.get(button.verb)
    return {
        "type": "Action.Execute",
        "title": button.label,
        "verb": button.verb,
        "data": {"value": button.value},
        **({"style": style} if style else {}),
    }
