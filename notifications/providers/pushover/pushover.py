"""Pushover's API.

https://pushover.net/api
"""

from typing import Any
from urllib.parse import parse_qs, urlencode

from django import forms
from django.utils.translation import gettext as _

from notifications.channels._base import Config
from notifications.choices import NotificationEvent, ReceiptState
from notifications.errors import CallbackRefused
from notifications.message.chat_text import chat_text
from notifications.message.message import Message
from notifications.providers import _calls
from notifications.providers._base import BaseProvider
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply

API = "https://api.pushover.net/1"
MAX_TITLE, MAX_TEXT, MAX_URL = 250, 1024, 512
MAX_NUMBERS_CHARS = 500  # of the incidents that a message names
RETRY_S, EXPIRE_S = 60, 1800  # It rings so often, and for so long.
QUIET, NORMAL, EMERGENCY = -1, 0, 2
CALM = (NotificationEvent.ACKNOWLEDGED, NotificationEvent.RESOLVED, NotificationEvent.MERGED)


class Provider(BaseProvider):
    """One application at Pushover."""

    label = "Pushover"
    example = {"token": "azGDORePK8gMaC0QOYAMyEEuzJnyUi"}
    steps = (
        "Log in at pushover.net and choose Create an Application/API Token.",
        "Name it OpsPortal, and copy its API token into the form below.",
        "Each person installs the app and enters their user key under Profile.",
    )
    environment = {"token": "PUSHOVER_TOKEN"}
    repeats = True

    class Form(forms.Form):
        token = forms.RegexField(
            r"^[A-Za-z0-9]{30}$",
            label="API token",
            widget=forms.PasswordInput,
            help_text="30 characters, of the application.",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        data: dict[str, Any] = {
            "token": config["token"],
            "user": address["user_key"],
            "title": message.subject[:MAX_TITLE],
            "message": chat_text(message, limit=MAX_TEXT, with_subject=False) or message.title,
            "timestamp": int(message.sent_at.timestamp()),
            "priority": QUIET if message.event in CALM else NORMAL,
        }
        if len(message.url) <= MAX_URL:
            data |= {"url": message.url, "url_title": _("Open in OpsPortal")}
        if message.urgent:
            data |= {"priority": EMERGENCY, "retry": RETRY_S, "expire": EXPIRE_S, "sound": "siren"}
            data["callback"] = _callback_url(config, message)
        wanted = {name: value for name, value in data.items() if value != ""}
        fields = _call(config, "POST", "messages.json", data=wanted)
        return Accepted(provider_id=str(fields.get("receipt") or fields.get("request") or ""))

    def check(self, config: Config) -> str:
        limits = _call(config, "GET", f"apps/limits.json?{urlencode({'token': config['token']})}")
        return f"Pushover: {limits.get('remaining')} of {limits.get('limit')} messages are left."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        """It is not signed, so that only what Pushover says when a worker asks it counts."""
        form = parse_qs(callback.body.decode(errors="replace"))
        receipt = form.get("receipt", [""])[0]
        if not receipt.isalnum() or len(receipt) > 64:
            raise CallbackRefused("This is no callback of Pushover.")
        return Heard(follow_up=f"{receipt} {callback.query.get('n', '')[:MAX_NUMBERS_CHARS]}")

    def follow_up(self, config: Config, what: str) -> Heard:
        receipt, _, named = what.partition(" ")
        token = urlencode({"token": config["token"]})
        fields = _call(config, "GET", f"receipts/{receipt}.json?{token}")
        if fields.get("acknowledged") != 1:
            return Heard()
        numbers = [n for n in named.split(".") if n.isdecimal()]
        person = str(fields.get("acknowledged_by") or "")
        return Heard(
            receipts=(Receipt(provider_id=receipt, state=ReceiptState.READ, is_answer=True),),
            replies=tuple(
                Reply(address=person, text=f"ack {n}", event_id=f"{receipt}:{n}") for n in numbers
            ),
        )

    def withdraw(self, config: Config, provider_id: str) -> None:
        if not provider_id.isalnum():  # The id of a request, which has dashes: it rang once.
            return
        token = {"token": config["token"]}
        _call(config, "POST", f"receipts/{provider_id}/cancel.json", data=token)


def _callback_url(config: Config, message: Message) -> str:
    """With the numbers, in the query, of what is acknowledged by acknowledging the message: of
    all that it names."""
    url = str(config.get("callback_url") or "")
    numbers = ".".join(str(one.number) for one in message.listed)
    return f"{url}?{urlencode({'n': numbers})}" if url else ""


def _fault(fields: dict[str, Any]) -> _calls.Fault | None:
    """By the name of the field that Pushover calls invalid."""
    if fields.get("user") == "invalid":
        return _calls.Fault.ADDRESS
    return _calls.Fault.PROVIDER if fields.get("token") == "invalid" else None


def _call(config: Config, method: str, path: str, **parts: Any) -> dict[str, Any]:
    response, fields = _calls.call(method, f"{API}/{path}", **parts)
    if response.ok and fields.get("status") == 1:
        return fields
    errors = "; ".join(str(one) for one in fields.get("errors") or [])
    raise _calls.refusal(
        response,
        f"Pushover: {errors or response.reason} ({response.status_code})",
        fault=_fault(fields),
        secrets=(config["token"],),
    )
