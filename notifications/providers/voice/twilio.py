"""Calls by Twilio.

https://www.twilio.com/docs/voice/api/call-resource and /docs/voice/twiml
"""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from django import forms

from notifications.channels._base import Config
from notifications.choices import NotificationEvent, ReceiptState
from notifications.message.message import Message
from notifications.message.spoken import digits_apart, spoken_text
from notifications.providers import _twilio
from notifications.providers._base import BaseProvider
from notifications.providers.voice import _menu
from notifications.providers.voice._menu import Menu
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply

TIMEOUT_S = 8.0
RING_S = 25  # A mailbox answers after that.
MAX_CALL_S = 180
KEYS = "keys/"
XML = "text/xml"
ENDED = {"completed", "busy", "no-answer", "failed", "canceled"}
NOTHING_DONE = "This did not work. Open the portal."


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
        text = spoken_text(message)
        data = {
            "To": address["number"],
            "From": config["sender"],
            "Timeout": RING_S,
            "TimeLimit": MAX_CALL_S,
        }
        here = str(config.get("callback_url") or "")
        asked = {**data, "Twiml": _opening(message, text, here), "StatusCallback": here}
        try:
            answer = _twilio.call(config, "/Calls.json", asked, timeout_s=TIMEOUT_S)
        except _twilio.Refused as error:
            if error.code not in _twilio.NO_PUBLIC_URL:
                raise
            # Nobody can tell us of keys: it is read twice.
            told = {**data, "Twiml": _menu.goodbye(f"{text} {text}")}
            answer = _twilio.call(config, "/Calls.json", told, timeout_s=TIMEOUT_S)
        return Accepted(provider_id=str(answer.get("sid", "")))

    def check(self, config: Config) -> str:
        return _twilio.check(config)

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        form = _twilio.read_form(config, callback)
        call = form.get("CallSid", "")
        if urlsplit(callback.url).path.endswith(f"/{KEYS}"):
            return _key(config, Menu.of(callback.query), form)
        status = form.get("CallStatus", "")
        if not call or status not in ENDED:
            return Heard()
        # After a key it changes nothing: who was reached stays reached.
        code = "no key was pressed" if status == "completed" else status
        receipt = Receipt(provider_id=call, state=ReceiptState.FAILED, code=code)
        return Heard(receipts=(receipt,))

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        """What came of the key, read aloud; then it hangs up."""
        return _menu.goodbye(digits_apart(" ".join(texts)) or NOTHING_DONE), XML


def _opening(message: Message, text: str, here: str) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        return _menu.goodbye(f"{text} {text}")
    acting = [one for one in message.incidents if one.actions]
    bridge = next((one.dial_in for one in acting if one.dial_in), "")
    return Menu(text=text, acts=int(bool(acting)), bridge=bridge).twiml(here + KEYS)


def _key(config: Config, menu: Menu, form: dict[str, str]) -> Heard:
    """What a key does, and what is said next."""
    key, call = form.get("Digits", ""), form.get("CallSid", "")
    reached = (Receipt(provider_id=call, state=ReceiptState.DELIVERED, is_answer=True),)
    keys_url = str(config["callback_url"]) + KEYS
    if key == "1":
        return Heard(receipts=reached, body=menu.twiml(keys_url), content_type=XML)
    if key == "0" and menu.bridge:
        return Heard(receipts=reached, body=_menu.dial(menu.bridge), content_type=XML)
    if key == "7" and not menu.acts:
        return Heard(receipts=reached, body=_menu.goodbye("Thank you."), content_type=XML)
    if menu.acts and key == _menu.SURE and not menu.sure:
        body = replace(menu, sure=1).twiml(keys_url)
        return Heard(receipts=reached, body=body, content_type=XML)
    if menu.acts and key in _menu.COMMANDS:
        reply = Reply(
            address=form.get("To", ""),
            text=_menu.COMMANDS[key],
            event_id=f"{call}:{key}",
            in_reply_to=call,
        )
        return Heard(receipts=reached, replies=(reply,))
    left = menu.again()
    body = left.twiml(keys_url) if left else _menu.goodbye("Goodbye.")
    return Heard(body=body, content_type=XML)
