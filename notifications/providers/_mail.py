"""What providers of e-mail share: the sender, requests, what their errors mean, and callbacks."""

import re
import time
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any, ClassVar

import requests
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from notifications.channels._base import BUSY, OF_CREDENTIALS, Config, fields_of, refuse_page
from notifications.choices import ReceiptState
from notifications.errors import CallbackRefused
from notifications.message.incident_summary import one_line
from notifications.message.mail import Mail, mail_of
from notifications.message.message import Message
from notifications.providers._base import BaseProvider
from notifications.providers._http import BUSY_S, TIMEOUT_S
from notifications.receipts import Accepted, Callback, Receipt
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import BadSignature
from opsportal.lib.signatures.hmac_scheme import Message as SignedMessage
from opsportal.lib.signatures.hmac_scheme import Signer
from opsportal.lib.signatures.json_body import object_in

RESETS = ("X-RateLimit-Reset", "RateLimit-Reset")  # a time in Unix seconds, or the seconds till it
MAX_WORDS = 300
# Words of errors by which it is the account that cannot send, and another one may.
OF_ACCOUNT = re.compile(
    r"\bfrom\b|sender|domain|verif|quota|credit|limit|plan\b|suspend|paus|approv|stream|tier",
    re.IGNORECASE,
)
NO_NEED_TO_WAIT = re.compile(r"quota|credit", re.IGNORECASE)  # It does not pass in seconds.


class SenderField(forms.CharField):
    """From whom mails come: ``ops@example.com``, or ``OpsPortal <ops@example.com>``."""

    pattern = re.compile(r"[^<>@,;]*<([^<>\s]+)>|([^<>\s]+)")

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=300,
            help_text="Such as OpsPortal <ops@example.com>, of a domain that may send here. "
            "Empty: DEFAULT_FROM_EMAIL.",
        )

    def clean(self, value: Any) -> str:
        """Raises ValidationError for what is no address."""
        text = str(super().clean(value))
        found = self.pattern.fullmatch(text)
        try:
            if text:
                validate_email((found[1] or found[2]) if found else "")
        except ValidationError:
            raise ValidationError("Enter an address, or a name and <an address>.") from None
        return text


def secret_field(help_text: str, *, label: str = "API key", required: bool = True) -> Any:
    """A field that is never shown again."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=500,
        widget=forms.PasswordInput,
        help_text=help_text,
    )


def sender_of(config: Config) -> str:
    """From whom the mails of an account come."""
    return str(config.get("sender") or settings.DEFAULT_FROM_EMAIL)


def sender_parts(config: Config) -> dict[str, str]:
    """The sender as most APIs want it: ``email``, and ``name`` where there is one."""
    name, address = parseaddr(sender_of(config))
    return {"email": address, **({"name": name} if name else {})}


class MailSender(BaseProvider):
    """Whatever carries mails, and not only messages of the portal."""

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        return self.send_mail(config, mail_of(message, str(address["address"])))

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        """Send now, once. Raises ``DeliveryError``."""
        raise NotImplementedError


class MailProvider(MailSender):
    """A vendor with an API over HTTP. A mail is sent once, with text and HTML, and without
    pixels or links of the vendor's own."""

    # The beginning of all URLs, by the region of the account; "" where there is only one.
    apis: ClassVar[Mapping[str, str]]
    # The words of errors by which it is the recipient's address that is wrong.
    of_address: ClassVar[re.Pattern[str]]

    def headers(self, config: Config) -> dict[str, str]:
        """Those by which the vendor knows the account."""
        raise NotImplementedError

    def error_in(self, response: requests.Response) -> str:
        """The vendor's words in the answer to what it refuses, with its code."""
        return str(fields_of(response).get("message") or "")

    def call(
        self,
        config: Config,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer that is a success. Raises DeliveryError for every other."""
        url = self.apis[str(config.get("region") or "")] + path
        headers = {"Accept": "application/json", **self.headers(config), **(headers or {})}
        response = http.send(method, url, json=json, data=data, headers=headers, timeout=TIMEOUT_S)
        if not response.ok:
            raise self.failure(config, response)
        refuse_page(response)
        return response

    def failure(self, config: Config, response: requests.Response) -> DeliveryError:
        """What a refusal means."""
        status, words = response.status_code, one_line(self.error_in(response), MAX_WORDS)
        for secret in filter(None, (config.get(name) for name in self.secret_fields)):
            words = words.replace(str(secret), "…")
        is_busy = status in BUSY and not NO_NEED_TO_WAIT.search(words)
        is_of_address = 400 <= status < 500 and not is_busy and bool(self.of_address.search(words))
        return DeliveryError(
            f"{self.label}: {words or response.reason or 'refused'} ({status})",
            permanent=status < 500 and not is_busy,
            provider_fault=not is_of_address
            and (
                status >= 500
                or status in (*BUSY, *OF_CREDENTIALS, 404, 409)
                or bool(OF_ACCOUNT.search(words))
            ),
            address_fault=is_of_address,
            retry_after=_retry_after_s(response) if is_busy else None,
        )


def _retry_after_s(response: requests.Response) -> float:
    if (wait_s := http.retry_after_s(response.headers.get("Retry-After", ""))) is not None:
        return wait_s
    for name in RESETS:
        text = response.headers.get(name, "")
        if text.isdecimal():
            number = float(text)
            return max(1.0, number - time.time() if number > 1e9 else number)
    return BUSY_S


def refused(sentence: str) -> DeliveryError:
    """What a look at the account has shown: it cannot send as it is."""
    return DeliveryError(sentence, permanent=True, provider_fault=True)


def object_of(callback: Callback) -> Mapping[str, Any]:
    """The JSON object of a callback. Raises CallbackRefused for what is none."""
    found = object_in(callback.body)
    if found is None:
        raise CallbackRefused("This is no JSON object.")
    return found


def verify(signer: Signer, key: Any, callback: Callback) -> None:
    """Raises CallbackRefused where the key is not known here, or did not sign the callback."""
    require_key(key)
    headers = {name.lower(): value for name, value in callback.headers.items()}
    try:
        signer.verify([str(key)], SignedMessage(headers, callback.body), timezone.now())
    except BadSignature as reason:
        raise CallbackRefused(f"The callback is not taken: {reason}.") from None


def require_key(key: Any) -> None:
    """Raises CallbackRefused where the key that signs callbacks was not entered."""
    if not key:
        raise CallbackRefused("The key that signs callbacks is missing: enter it at the account.")


def receipt(
    provider_id: Any, state: ReceiptState, words: Any = "", *, address_fault: str = ""
) -> Receipt:
    """A receipt in the vendor's words; ``address_fault`` says why the address is not to be used."""
    code = one_line(str(words or address_fault), 100)
    name = str(provider_id or "").strip("<> ")
    return Receipt(provider_id=name, state=state, code=code, address_fault=address_fault)


HARD_BOUNCE = "mails to it come back as undeliverable"
COMPLAINT = "a mail to it was reported as spam"
