"""SMS by a Kannel of one's own: modems, or SMPP to a carrier.

https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html, "Using the HTTP interface"
and "Delivery reports"
"""

from urllib.parse import urlencode
from uuid import uuid4

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.choices import ReceiptState
from notifications.message.sms_segments import segments
from notifications.providers._http import TIMEOUT_S, VALID_S, Vendor
from notifications.providers._sms import SmsProvider
from notifications.receipts import Accepted, Callback, Heard, Receipt
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

KANNEL = Vendor(label="Kannel", of_address=frozenset({"denied"}))
QUEUED = "3:"  # Accepted for later: no modem and no carrier is connected now.
NUMBER_DENIED = "white- and/or black-lists"
# Which events to be told of: the sum of delivered, failed, accepted by the carrier, refused by it.
DLR_MASK = 1 + 2 + 8 + 16
STATES = {
    "1": ReceiptState.DELIVERED,
    "2": ReceiptState.FAILED,
    "8": ReceiptState.SENT,
    "16": ReceiptState.FAILED,
}


class Provider(SmsProvider):
    """Needs no vendor and no Internet. Of a message of several parts it reports once."""

    label = "Kannel"
    example = {
        "url": "http://kannel.example:13013/cgi-bin/sendsms",
        "username": "opsportal",
        "password": "k4nnel",
        "sender": "+15005550006",
        "smsc": "",
    }
    steps = (
        "In kannel.conf set sendsms-port in the group smsbox.",
        "Add a group sendsms-user with username, password, and max-messages of 2 or more.",
        "Set dlr-storage (internal will do) in the group core, and restart Kannel.",
        "Allow the host in OUTGOING_ALLOWED_HOSTS where its address is a private one.",
        "Let Kannel reach the address shown below: it reports deliveries there.",
    )

    class Form(forms.Form):
        url = WebAddressField(label="URL", max_length=500, help_text="Of sendsms, with its port.")
        username = forms.CharField(max_length=100, help_text="Of the group sendsms-user.")
        password = forms.CharField(
            max_length=100, widget=forms.PasswordInput, help_text="Of the same group."
        )
        sender = forms.CharField(
            required=False, max_length=20, help_text="Empty: the default-sender of Kannel."
        )
        smsc = forms.CharField(
            required=False,
            max_length=50,
            label="SMSC",
            help_text="The smsc-id to send by; empty: any.",
        )

    def takes_replies(self, config: Config) -> bool:
        return False

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        size, reference = segments(text), uuid4().hex
        report = f"{config.get('callback_url', '')}?id={reference}&s=%d"
        query = {
            "from": config.get("sender", ""),
            "to": number,
            "text": text,
            "charset": "UTF-8",
            "coding": 0 if size.is_gsm else 2,
            "validity": VALID_S // 60,
            "smsc": config.get("smsc", ""),
            "dlr-mask": DLR_MASK,
            "dlr-url": report,
        }
        said = _ask(config, query)
        now = 0.0 if said.startswith(QUEUED) else None
        return Accepted(provider_id=reference, segments=size.parts, receipt_within_s=now)

    def check(self, config: Config) -> str:
        try:
            _ask(config, {})
        except DeliveryError as error:
            if "Missing receiver" not in str(error):
                raise
        return "Kannel: it answers, and takes the password."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        state, reference = STATES.get(callback.query.get("s", "")), callback.query.get("id", "")
        if state is None or not reference:
            return Heard()
        code = callback.query["s"] if state == ReceiptState.FAILED else ""
        return Heard(receipts=(Receipt(provider_id=reference, state=state, code=code),))


def _ask(config: Config, query: dict[str, object]) -> str:
    """The sentence that Kannel answers. Raises DeliveryError with it."""
    login = {"username": config["username"], "password": config["password"]}
    given = {name: value for name, value in query.items() if value != ""}
    url = f"{config['url']}?{urlencode(login | given)}"
    response = http.send("GET", url, timeout=TIMEOUT_S)
    said = response.content.decode(errors="replace").strip()
    if response.status_code == 202:
        return said
    raise KANNEL.error_of(response, said, "denied" if NUMBER_DENIED in said else "")
