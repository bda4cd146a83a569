"""What every channel is, and what the world's answers mean."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
from django import forms
from django.conf import settings

from notifications.message.incident_summary import one_line
from notifications.message.message import Message
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
    reaches: ClassVar[bool] = True  # a success means that somebody was told
    address_field: ClassVar[str] = ""  # the field that says where it goes
    # All addresses share one provider, so its faults say nothing of any of them.
    has_provider: ClassVar[bool] = False

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

    def budget_s(self) -> float:
        """How long one send may take, all in all."""
        return float(settings.OUTGOING_TIMEOUT)

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """The fields that are never shown again: those with a password's input."""
        fields = self.Form.base_fields.items()
        return tuple(n for n, f in fields if isinstance(f.widget, forms.PasswordInput))


class WebAddressField(forms.CharField):
    """An http(s) URL. Unlike Django's own field it takes ``http://chat:8065``, too."""

    widget = forms.URLInput

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
) -> requests.Response:
    """POST once; the answer is a success. Everything else is a ``DeliveryError``."""
    response = http.send("POST", url, json=json, data=data, headers=headers, timeout=timeout)
    if response.ok:
        return response
    status = response.status_code
    raise DeliveryError(
        _sentence(response),
        permanent=status < 500 and status not in BUSY,
        retry_after=_retry_after(response.headers.get("Retry-After", "")),
        provider_fault=status >= 500 or status in BUSY or status in OF_CREDENTIALS,
        address_fault=status in GONE,
    )


def fields_of(response: requests.Response) -> dict[str, Any]:
    """The JSON object in the answer; an empty one where there is none."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _sentence(response: requests.Response) -> str:
    host = urlsplit(response.url).hostname
    words = f"{host} answered {response.status_code} {response.reason or ''}".strip()
    # A page of HTML says less than its status.
    is_html = "html" in response.headers.get("Content-Type", "").lower()
    quote = "" if is_html else one_line(response.content.decode(errors="replace"), MAX_QUOTE)
    return f"{words}: {quote}" if quote else words


def _retry_after(value: str) -> float | None:
    """Seconds, from either form of the header; None where it says nothing."""
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
