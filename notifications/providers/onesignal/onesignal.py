"""OneSignal's API.

https://documentation.onesignal.com/reference/push-notification
"""

import json
from typing import Any
from urllib.parse import urlencode

from django import forms

from notifications.channels._base import Config
from notifications.choices import NotificationEvent
from notifications.message.message import Message
from notifications.message.plain_text import cut, offered, plain_text
from notifications.providers import _calls
from notifications.providers._base import BaseProvider
from notifications.receipts import Accepted

API = "https://api.onesignal.com"
MAX_BYTES = 2000  # Of all that a browser is sent.
MAX_TITLE_BYTES, MIN_TEXT_BYTES = 200, 300
MAX_BUTTONS = 2
TTL_S = 3600
HIGH, NORMAL = 10, 5
CALM = (NotificationEvent.ACKNOWLEDGED, NotificationEvent.RESOLVED, NotificationEvent.MERGED)


class Provider(BaseProvider):
    """One app at OneSignal."""

    label = "OneSignal"
    example = {
        "app_id": "5eb5a37e-b458-11e3-ac11-000c2940e62c",
        "api_key": "os_v2_app_l225uq5y2f3ynyzlh4x7sfyu",
    }
    steps = (
        "In OneSignal open your app, and there Settings, Keys & IDs.",
        "Copy the App ID, and add a key; both go into the form below.",
        "Your app or site has to call OneSignal.login() with an ID of each person.",
        "Each person enters that ID under Profile, and confirms it with the code that is pushed.",
    )
    environment = {"app_id": "ONESIGNAL_APP_ID", "api_key": "ONESIGNAL_API_KEY"}

    class Form(forms.Form):
        app_id = forms.UUIDField(
            label="App ID", help_text="Of the app or site; under Settings, Keys & IDs."
        )
        api_key = forms.CharField(
            label="API key",
            max_length=300,
            widget=forms.PasswordInput,
            help_text="Of the app, which begins with os_v2_app_.",
        )

        def clean_app_id(self) -> str:
            return str(self.cleaned_data["app_id"])

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        """Whoever is not subscribed is refused by a success without an id, or beside one."""
        person = address["external_id"]
        payload = {
            "app_id": config["app_id"],
            "target_channel": "push",
            "include_aliases": {"external_id": [person]},
            "ttl": TTL_S,
            "idempotency_key": message.delivery_id,
            **_content(message),
        }
        response, fields = _call(config, "POST", "notifications", json=payload)
        errors = fields.get("errors")
        if not fields.get("id") or person in _unknown(errors):
            words = f"OneSignal: nobody was told: {_words(errors) or 'no reason given'}"
            raise _refusal(config, response, words, fault=_calls.Fault.ADDRESS)
        return Accepted(provider_id=str(fields["id"]))

    def check(self, config: Config) -> str:
        query = urlencode({"app_id": config["app_id"], "limit": 1})
        _, fields = _call(config, "GET", f"notifications?{query}")
        return f"OneSignal: the key is that of the app, by which {_count(fields)} were sent."


def _count(fields: dict[str, Any]) -> str:
    total = fields.get("total_count") or 0
    return f"{total} message{'' if total == 1 else 's'}"


def _content(message: Message) -> dict[str, Any]:
    """What a device shows; the text has the room that the rest leaves it."""
    is_loud = message.urgent or not message.incidents
    fields: dict[str, Any] = {
        "headings": {"en": cut(message.subject, MAX_TITLE_BYTES)},
        "web_url": message.url,
        "app_url": message.url,
        "priority": HIGH if is_loud else NORMAL,
        "ios_interruption_level": _level(message),
        "web_buttons": _buttons(message),
    }
    if len(message.incidents) == 1:
        fields["collapse_id"] = f"i{message.incidents[0].number}"
    fields = {name: value for name, value in fields.items() if value}
    room = MAX_BYTES - len(json.dumps(fields, ensure_ascii=False).encode())
    text = plain_text(message, max(MIN_TEXT_BYTES, room)) or message.title
    return {**fields, "contents": {"en": text}}


def _level(message: Message) -> str:
    """On iPhones: through a Focus, as usual, or only in the list."""
    if message.urgent:
        return "time_sensitive"
    return "passive" if message.event in CALM else "active"


def _buttons(message: Message) -> list[dict[str, str]]:
    """Of browsers; each opens the page that acts."""
    actions = offered(message)[:MAX_BUTTONS] if len(message.incidents) == 1 else []
    return [{"id": one.kind, "text": one.label, "url": one.url} for one in actions]


def _unknown(errors: Any) -> list[Any]:
    """The people whom no device is subscribed for."""
    aliases = errors.get("invalid_aliases") if isinstance(errors, dict) else None
    found = aliases.get("external_id") if isinstance(aliases, dict) else None
    return found if isinstance(found, list) else []


def _words(errors: Any) -> str:
    if isinstance(errors, dict):
        return json.dumps(errors, ensure_ascii=False)
    return "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors or "")


def _call(config: Config, method: str, path: str, **parts: Any) -> tuple[Any, dict[str, Any]]:
    headers = {"Authorization": f"Key {config['api_key']}"}
    response, fields = _calls.call(method, f"{API}/{path}", headers=headers, **parts)
    if response.ok:
        return response, fields
    words = _words(fields.get("errors")) or response.reason
    is_of_app = response.status_code == 404 or "app_id" in words
    raise _refusal(
        config,
        response,
        f"OneSignal: {words} ({response.status_code})",
        fault=_calls.Fault.PROVIDER if is_of_app and response.status_code < 500 else None,
    )


def _refusal(
    config: Config, response: Any, words: str, *, fault: _calls.Fault | None
) -> _calls.Refused:
    return _calls.refusal(response, words, fault=fault, secrets=(config["api_key"],))
