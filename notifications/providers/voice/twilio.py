"""Calls by Twilio.

https://www.twilio.com/docs/voice/api/call-resource and /docs/voice/twiml
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.message.message import Message
from notifications.message.spoken import digits_apart, spoken_text
from notifications.providers import _twilio
from notifications.providers._base import BaseProvider
from notifications.providers.voice import _menu, _twiml
from notifications.providers.voice._menu import Menu
from notifications.providers.voice._twilio_calls import TwilioCalls
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.languages import written_in

TIMEOUT_S = 8.0
KEYS = "keys/"
XML = "text/xml"
ENDED = {"completed", "busy", "no-answer", "failed", "canceled"}


class Provider(BaseProvider):
    """Reads the page aloud; keys acknowledge, take, escalate and close.

    A call that ends without a key, as one that a mailbox answers, has reached nobody.
    """

    label = "Twilio"
    example = {
        "account_sid": "AC00000000000000000000000000000001",
        "auth_token": "t0ken",
        "sender": "+15005550006",
        "shared_key": "",
    }
    steps = _twilio.STEPS
    environment = {
        "account_sid": "TWILIO_ACCOUNT_SID",
        "auth_token": "TWILIO_AUTH_TOKEN",
        "sender": "TWILIO_PHONE_NUMBER",
    }
    receipt_within_s = 90.0
    calls = TwilioCalls()

    class Form(_twilio.AccountForm):
        sender = forms.RegexField(
            r"^\+[1-9]\d{6,14}$",
            label="Caller",
            help_text="The number that people see, with + and country: one of Twilio's, or one "
            "that was verified there.",
        )
        shared_key = forms.CharField(
            required=False,
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Only where webhooks are signed with a shared key (HMAC-SHA256).",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        data = {
            "To": address["number"],
            "From": config["sender"],
            "Timeout": _menu.RING_S,
            "TimeLimit": _menu.MAX_CALL_S,
        }
        here, first = str(config.get("callback_url") or ""), _menu.opening(message)
        twiml = _twiml.ask(first, here + KEYS) if isinstance(first, Menu) else _twiml.goodbye(first)
        asked = {**data, "Twiml": twiml, "StatusCallback": here}
        try:
            answer = _twilio.call(config, "/Calls.json", asked, timeout_s=TIMEOUT_S)
        except _twilio.Refused as error:
            if error.code not in _twilio.NO_PUBLIC_URL:
                raise
            # Nobody can tell us of keys: it is read twice.
            text = spoken_text(message)
            told = {**data, "Twiml": _twiml.goodbye(f"{text} {text}")}
            answer = _twilio.call(config, "/Calls.json", told, timeout_s=TIMEOUT_S)
        return Accepted(provider_id=str(answer.get("sid", "")))

    def check(self, config: Config) -> str:
        return _twilio.check(config)

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        form = _twilio.read_form(config, callback)
        call = form.get("CallSid", "")
        if urlsplit(callback.url).path.endswith(f"/{KEYS}"):
            menu = Menu.of(callback.query)
            with written_in(menu.language):
                return _key(config, menu, form)
        status = form.get("CallStatus", "")
        if not call or status not in ENDED:
            return Heard()
        # After a key it changes nothing: who was reached stays reached.
        code = _menu.NO_KEY if status == "completed" else status
        receipt = Receipt(provider_id=call, state=ReceiptState.FAILED, code=code)
        return Heard(receipts=(receipt,))

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        """What came of the key, read aloud; then it hangs up."""
        return _twiml.goodbye(digits_apart(" ".join(texts)) or _(_menu.NOTHING_DONE)), XML


def _key(config: Config, menu: Menu, form: dict[str, str]) -> Heard:
    """What a key does, and what is said next."""
    key, call = form.get("Digits", ""), form.get("CallSid", "")
    done = _menu.press(menu, key)
    receipts = done.receipts(call)
    if done.command:
        reply = Reply(
            address=form.get("To", ""),
            text=done.command,
            event_id=f"{call}:{key}",
            in_reply_to=call,
        )
        return Heard(receipts=receipts, replies=(reply,))
    if done.menu:
        body = _twiml.ask(done.menu, str(config["callback_url"]) + KEYS)
    else:
        body = _twiml.dial(done.bridge) if done.bridge else _twiml.goodbye(done.words)
    return Heard(receipts=receipts, body=body, content_type=XML)
