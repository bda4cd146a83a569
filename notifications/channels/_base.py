"""What every channel is, and what the world's answers mean."""

import re
from collections.abc import Container, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
from django import forms
from django.conf import settings

from notifications.choices import TemplateKind
from notifications.message.incident_summary import one_line
from notifications.message.message import Message
from notifications.rates import Limit, Rate
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

Config = Mapping[str, Any]

BUSY = (408, 425, 429)
OF_CREDENTIALS = (401, 402, 403, 407)  # whoever sends is refused, and not where it goes
GONE = (404, 410)
MAX_QUOTE = 160


class BaseChannel:
    """One way to reach somebody: a form for its settings, and ``send``. It keeps no state."""

    label: ClassVar[str]
    example: ClassVar[dict[str, Any]]
    Form: ClassVar[type[forms.Form]]

    for_people: ClassVar[bool] = True  # one person can have it as a contact method
    for_sharing: ClassVar[bool] = False  # a service can use it for many readers
    needs_verification: ClassVar[bool] = True  # of a person's address, by a code
    merges: ClassVar[bool] = True  # several incidents may come in one message
    # What follows a message about an incident answers it, and the message changes with the
    # incident: its providers have ``update``, and read ``Message.in_reply_to``.
    has_threads: ClassVar[bool] = False
    # Its messages in shared channels name who is paged: ``Message.paged``.
    mentions: ClassVar[bool] = False
    # Its providers know people by their e-mail address: ``find_address``.
    finds_by_email: ClassVar[bool] = False
    reaches: ClassVar[bool] = True  # a success means that somebody was told
    address_field: ClassVar[str] = ""  # the field that says where it goes
    # All addresses share one provider, so its faults say nothing of any of them.
    has_provider: ClassVar[bool] = False
    # So soon its devices say that they have shown it; else the person's next way is used as well.
    receipt_within_s: ClassVar[float | None] = None
    replaces: ClassVar[bool] = False  # news of an incident takes the place of what was shown of it
    ends_when_gone: ClassVar[bool] = False  # an address that is refused as gone is not used again
    # Whose templates write its messages; None: no template does, as for machines.
    template_kind: ClassVar[TemplateKind | None] = TemplateKind.CHAT

    rate: ClassVar[Rate | None] = None  # how many messages one of its places takes; None: any

    def rate_place(self, config: Config) -> str:
        """What the rate holds for: the lane, or what several of its addresses share."""
        return self.lane(config)

    def limits(self, config: Config) -> tuple[Limit, ...]:
        """The limits of an address, where no account carries the channel."""
        if self.rate is None:
            return ()
        return (Limit.of_place(self.label, self.rate_place(config), self.rate, self.label),)

    def send(self, config: Config, message: Message) -> str:
        """Send now, once. Returns the provider's id, or ''; raises ``DeliveryError``."""
        raise NotImplementedError

    def describe(self, config: Config) -> str:
        """Where it goes, in a few words without a secret."""
        return str(config.get(self.address_field) or self.label)

    def lane(self, config: Config) -> str:
        """What can hang or fail by itself: a name without a secret, shared by all that goes there.

        At most 300 characters.
        """
        return self.label

    def stranger_text(self, address: str) -> str:
        """What is answered to an address that is no verified one of a person; '' for nothing."""
        return ""

    def budget_s(self) -> float:
        """How long one send may take, all in all."""
        return float(settings.OUTGOING_TIMEOUT)

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """The fields that are never shown again: those with a password's input."""
        fields = self.Form.base_fields.items()
        return tuple(n for n, f in fields if isinstance(f.widget, forms.PasswordInput))


class ProvidedChannel(BaseChannel):
    """A channel whose messages are carried by providers (``notifications/providers``)."""

    has_provider = True

    def send(self, config: Config, message: Message) -> str:
        """What goes by no provider is refused. Raises DeliveryError."""
        raise DeliveryError(
            f"No provider of {self.label} carries to this address. Add one, or the beginning of "
            "the number, under Configure, Providers.",
            permanent=True,
        )


class PhoneNumberField(forms.CharField):
    """A number with its country, as E.164 writes it: ``+4915112345678``. No country is guessed."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
    pattern = re.compile(r"\+[1-9]\d{6,14}")

    def clean(self, value: Any) -> str:
        """The number without spaces and other punctuation. Raises ValidationError for any other."""
        text = str(super().clean(value))
        number = re.sub(r"[\s()./-]", "", text)
        if number and not self.pattern.fullmatch(number):
            raise forms.ValidationError(
                "Enter the number with + and the country code, such as +49 151 12345678."
            )
        return number


class WebAddressField(forms.CharField):
    """An http(s) URL. Unlike Django's own field it takes ``http://chat:8065``, too."""

    widget: type[forms.Widget] = forms.URLInput

    def clean(self, value: Any) -> str:
        """Raises ValidationError for what is no URL of this kind."""
        url = str(super().clean(value))
        try:
            parts = urlsplit(url)
            is_usable = (
                parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            )
        except ValueError:
            is_usable = False
        if url and (not is_usable or not url.isprintable() or " " in url):
            raise forms.ValidationError("Enter a URL that begins with https:// or http://.")
        return url


def post(
    url: str,
    *,
    json: Any = None,
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    address_faults: Container[int] = GONE,
) -> requests.Response:
    """POST once; the answer is a success. Everything else is a ``DeliveryError``.

    A status among ``address_faults`` says that the address is at fault, and not the provider.
    """
    response = http.send("POST", url, json=json, data=data, headers=headers, timeout=timeout)
    if response.ok:
        return response
    status = response.status_code
    is_address = status in address_faults
    raise DeliveryError(
        _sentence(response),
        permanent=status < 500 and status not in BUSY,
        retry_after=http.retry_after_s(response.headers.get("Retry-After", "")),
        provider_fault=not is_address
        and (status >= 500 or status in BUSY or status in OF_CREDENTIALS),
        address_fault=is_address,
    )


def fields_of(response: requests.Response) -> dict[str, Any]:
    """The JSON object in the answer; an empty one where there is none.

    Raises DeliveryError for a success that is a page of HTML.
    """
    refuse_page(response)
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def refuse_page(response: requests.Response) -> None:
    """Raise DeliveryError for a success that is a page of HTML: no API says so that it took a
    message, but a login page or a proxy on the way does."""
    if response.ok and _is_html(response):
        host = urlsplit(response.url).hostname
        sentence = f"{host} answered a page of HTML with {response.status_code}: a proxy, perhaps."
        raise DeliveryError(sentence, ambiguous=True, provider_fault=True)


def _is_html(response: requests.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower()


def _sentence(response: requests.Response) -> str:
    host = urlsplit(response.url).hostname
    words = f"{host} answered {response.status_code} {response.reason or ''}".strip()
    # A page of HTML says less than its status.
    quote = (
        "" if _is_html(response) else one_line(response.content.decode(errors="replace"), MAX_QUOTE)
    )
    return f"{words}: {quote}" if quote else words
