"""Calls by Vonage, by its Voice API.

https://developer.vonage.com/en/voice/voice-api/overview
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core import signing
from django.utils.translation import gettext as _

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.errors import CallbackRefused
from notifications.message.message import Message
from notifications.message.spoken import digits_apart
from notifications.providers import _vonage_app
from notifications.providers._base import BaseProvider
from notifications.providers._http import price_of, with_plus
from notifications.providers.voice import _menu, _ncco
from notifications.providers.voice._menu import Menu
from notifications.providers.voice._vonage_calls import VonageCalls
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.languages import written_in

KEYS = "keys/"
JSON = "application/json"
ENDED = {"completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"}


class Provider(BaseProvider):
    """Reads the page aloud; keys acknowledge, take, escalate and close.

    A call that ends without a key, as one that a mailbox answers, has reached nobody.
    """

    label = "Vonage"
    example = {
        "application_id": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "private_key": "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
        "signature_secret": "s1gnature-secret-0123456789abcdef0",
        "sender": "+447700900000",
    }
    steps = (
        "Log in at dashboard.vonage.com and create an application; choose Generate public and "
        "private key, which downloads private.key.",
        "In the application, enable Voice and its signed webhooks; any address will do there, as "
        "each call names its own.",
        "Buy a number with voice under Numbers, and link it to the application.",
        "Paste the Application ID, all of private.key, and the signature secret of API settings.",
        "Save and check; then send yourself a test and press 7.",
    )
    environment = {
        "application_id": "VONAGE_APPLICATION_ID",
        "private_key": "VONAGE_PRIVATE_KEY",
        "signature_secret": "VONAGE_SIGNATURE_SECRET",
        "sender": "VONAGE_PHONE_NUMBER",
    }
    receipt_within_s = 90.0
    calls = VonageCalls()

    class Form(_vonage_app.ApplicationForm):
        sender = forms.RegexField(
            r"^\+[1-9]\d{6,14}$",
            label="Caller",
            help_text="The number that people see, with + and country: one of Vonage's that is "
            "linked to the application.",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        here, first = str(config.get("callback_url") or ""), _menu.opening(message)
        keys = here + KEYS
        actions = _ncco.ask(first, keys) if isinstance(first, Menu) else [_ncco.talk(first)]
        body = {
            "to": [{"type": "phone", "number": str(address["number"]).lstrip("+")}],
            "from": {"type": "phone", "number": str(config["sender"]).lstrip("+")},
            "ncco": actions,
            "event_url": [here],
            "event_method": "POST",
            "ringing_timer": _menu.RING_S,
            "length_timer": _menu.MAX_CALL_S,
        }
        answer = _vonage_app.call(config, "POST", "/v1/calls", body)
        return Accepted(provider_id=str(answer.get("uuid", "")))

    def check(self, config: Config) -> str:
        _vonage_app.call(config, "GET", "/v1/calls?page_size=1")
        return "Vonage: the application may make calls."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        fields = _vonage_app.read_signed(config, callback)
        if urlsplit(callback.url).path.endswith(f"/{KEYS}"):
            try:
                menu = _ncco.menu_of(callback.query.get("menu", ""))
            except signing.BadSignature:
                raise CallbackRefused("This menu was not made here.") from None
            with written_in(menu.language):
                return _key(config, menu, fields)
        call, status = str(fields.get("uuid") or ""), str(fields.get("status") or "")
        if not call or status not in ENDED:
            return Heard()
        # After a key it changes nothing: who was reached stays reached.
        receipt = Receipt(
            provider_id=call,
            state=ReceiptState.FAILED,
            code=_menu.NO_KEY if status == "completed" else status,
            price=price_of(fields.get("price")),
            currency="EUR",
        )
        return Heard(receipts=(receipt,))

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        """What came of the key, read aloud; then it hangs up."""
        words = digits_apart(" ".join(texts)) or _(_menu.NOTHING_DONE)
        return _ncco.spell([_ncco.talk(words)]), JSON


def _key(config: Config, menu: Menu, fields: dict[str, Any]) -> Heard:
    """What a key does, and what is said next."""
    call, key = str(fields["uuid"]), str((fields.get("dtmf") or {}).get("digits") or "")
    done = _menu.press(menu, key)
    receipts = done.receipts(call)
    if done.command:
        reply = Reply(
            address=with_plus(fields.get("to")),
            text=done.command,
            event_id=f"{call}:{key}",
            in_reply_to=call,
        )
        return Heard(receipts=receipts, replies=(reply,))
    if done.menu:
        actions = _ncco.ask(done.menu, str(config["callback_url"]) + KEYS)
    elif done.bridge:
        actions = _ncco.dial(done.bridge, str(config["sender"]).lstrip("+"))
    else:
        actions = [_ncco.talk(done.words)]
    return Heard(receipts=receipts, body=_ncco.spell(actions), content_type=JSON)
