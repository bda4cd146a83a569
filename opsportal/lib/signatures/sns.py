"""Amazon SNS: envelopes that are signed with a certificate of Amazon's, not with a secret."""

import base64
import binascii
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import BadSignature, CannotVerify
from opsportal.lib.signatures.hmac_scheme import Message, refuse_age
from opsportal.lib.signatures.json_body import object_in

HOST = re.compile(r"^sns\.[a-z]{2}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(?:\.cn)?$")
TIMEOUT_S = 3.0
CERTIFICATE_TTL_S = 24 * 3600.0
FAILURE_TTL_S = 30.0  # For so long nobody asks again for a certificate that could not be had.
MAX_CERTIFICATES = 100
TOLERANCE_S = 3900  # SNS repeats for an hour at most, with the time of the first attempt.

NOTIFICATION, SUBSCRIPTION = "Notification", "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"
NOTIFICATION_FIELDS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
SUBSCRIPTION_FIELDS = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
SIGNED_FIELDS = {
    NOTIFICATION: NOTIFICATION_FIELDS,
    SUBSCRIPTION: SUBSCRIPTION_FIELDS,
    UNSUBSCRIPTION: SUBSCRIPTION_FIELDS,
}
HASHES: dict[str, type[SHA1] | type[SHA256]] = {"1": SHA1, "2": SHA256}


@dataclass(frozen=True, slots=True)
class Sns:
    """Its ``secrets`` are the topics (ARNs) that may send; none: any topic of Amazon's."""

    label: str = "Amazon SNS"
    headers: tuple[str, ...] = ()
    needs_secret: bool = field(default=False, init=False)

    def verify(self, secrets: Sequence[str], message: Message, now: datetime) -> None:
        """Raises BadSignature, or CannotVerify if the certificate cannot be fetched."""
        envelope = envelope_of(message.body)
        if envelope is None:
            raise BadSignature(
                "it is no message of SNS: in the subscription, turn raw message delivery off"
            )
        topic = str(envelope.get("TopicArn", ""))
        if secrets and topic not in secrets:
            raise BadSignature(f"the topic {topic[:200]} is not the one that may send")
        _verify(envelope, now)
        refuse_age(str(envelope.get("Timestamp", "")), now, TOLERANCE_S)


def envelope_of(body: bytes) -> dict[str, Any] | None:
    """The SNS envelope in a body; None if it is none."""
    found = object_in(body)
    if found is None or not isinstance(found.get("TopicArn"), str):
        return None
    kind = found.get("Type")
    return found if isinstance(kind, str) and kind in SIGNED_FIELDS else None


def is_of_amazon(url: Any) -> bool:
    """Whether a URL is of SNS itself: https, its host, default port, no user info."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        # What a parser may read in two ways is refused: “\\”, “@”, a port.
        plain = parts.netloc.lower() == (parts.hostname or "") and "\\" not in parts.netloc
    except ValueError:
        return False
    return parts.scheme == "https" and plain and bool(HOST.match(parts.hostname or ""))


def text_to_sign(envelope: dict[str, Any]) -> bytes:
    """The signed text: names and values of the present fields, one a line, sorted by name."""
    pairs = [(name, envelope.get(name)) for name in SIGNED_FIELDS[envelope["Type"]]]
    return "".join(f"{name}\n{value}\n" for name, value in pairs if value is not None).encode(
        "utf-8", "surrogatepass"
    )


def _verify(envelope: dict[str, Any], now: datetime) -> None:
    version = str(envelope.get("SignatureVersion", ""))
    if version not in HASHES:
        raise BadSignature(f"SignatureVersion “{version[:20]}” is unknown")
    url = envelope.get("SigningCertURL") or envelope.get("SigningCertUrl")
    if not isinstance(url, str) or not is_of_amazon(url):
        raise BadSignature("SigningCertURL leads to no host of Amazon SNS")
    try:
        signature = base64.b64decode(str(envelope.get("Signature", "")), validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature("the Signature is no base64") from None
    key = CERTIFICATES.key_at(url, now)
    try:
        key.verify(signature, text_to_sign(envelope), PKCS1v15(), HASHES[version]())
    except InvalidSignature:
        raise BadSignature("the Signature does not match") from None


class Certificates:
    """Certificates by their address, fetched once. They are replaced by others elsewhere, so what
    was fetched stays good until it ends by itself."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[str, tuple[float, x509.Certificate | str]] = {}

    def key_at(self, url: str, now: datetime) -> RSAPublicKey:
        """The key in the certificate at an address that ``is_of_amazon``.

        Raises CannotVerify where it cannot be fetched, BadSignature where it does not hold.
        """
        known = self._known(url)
        if known is None:
            with self.lock:  # Of several that come at once one fetches; no row is locked here.
                known = self._known(url) or self._fetch(url)
        if isinstance(known, str):
            raise CannotVerify(known)
        if not known.not_valid_before_utc <= now.astimezone(UTC) <= known.not_valid_after_utc:
            raise BadSignature("the certificate of SigningCertURL is not valid today")
        key = known.public_key()
        if not isinstance(key, RSAPublicKey):
            raise BadSignature("the certificate of SigningCertURL holds no RSA key")
        return key

    def forget(self) -> None:
        with self.lock:
            self.kept.clear()

    def _known(self, url: str) -> x509.Certificate | str | None:
        at, found = self.kept.get(url, (0.0, None))
        age = time.monotonic() - at
        ttl_s = FAILURE_TTL_S if isinstance(found, str) else CERTIFICATE_TTL_S
        return found if age < ttl_s else None

    def _fetch(self, url: str) -> x509.Certificate | str:
        found: x509.Certificate | str
        try:
            answer = http.send("GET", url, timeout=TIMEOUT_S)
            answer.raise_for_status()
            found = x509.load_pem_x509_certificate(answer.content)
        except (DeliveryError, http.RequestException) as error:
            found = f"The certificate of SNS cannot be fetched: {error}"
        except ValueError:
            found = "What SigningCertURL leads to is no certificate."
        if len(self.kept) >= MAX_CERTIFICATES:
            self.kept.clear()
        self.kept[url] = (time.monotonic(), found)
        return found


CERTIFICATES = Certificates()
