"""HMAC signatures as data: header, algorithm, encoding and signed text of a provider."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from opsportal.lib.signatures.errors import BadSignature
from opsportal.lib.signatures.json_body import object_in

TOLERANCE_S = 300
FIRST = "first"  # The timestamp is the first part of the header, and has no name.


@dataclass(frozen=True, slots=True)
class Message:
    """What a signature may cover. Names of headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes = b""
    url: str = ""
    content_type: str = ""

    @property
    def fields(self) -> str:
        """Names and values of a form, sorted by name and concatenated (Twilio)."""
        if not self.content_type.lower().startswith("application/x-www-form-urlencoded"):
            return ""
        pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return "".join(f"{name}{value}" for name, value in sorted(set(pairs)))


@dataclass(frozen=True, slots=True)
class Signer:
    """``signed`` is written with {body}, {timestamp}, {id}, {url} and {fields}.

    With the algorithm "token" the header is the secret itself. ``separator`` parts a header that
    holds several signatures, or the time beside them. Where the time is missing and may be, only
    the body is signed.
    """

    label: str
    headers: tuple[str, ...]
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    separator: str = ""
    signed: str = "{body}"
    key: str = "text"  # what the secret is: text, base64, or whsec_ and base64
    id_headers: tuple[str, ...] = ()
    timestamp_headers: tuple[str, ...] = ()
    timestamp_part: str = ""  # where it stands in the header of the signature: "t" for t=…
    timestamp_field: str = ""  # where it stands in the body, and is signed with it
    may_lack_timestamp: bool = False
    tolerance: int = TOLERANCE_S
    needs_secret: bool = field(default=True, init=False)

    def verify(self, secrets: Sequence[str], message: Message, now: datetime) -> None:
        """Raises BadSignature with the reason."""
        name, given = self._given(message)
        timestamp = self._timestamp(message, given)
        keys = [key for secret in secrets if (key := self._key(secret))]
        expected = [self._expected(key, timestamp, message) for key in keys]
        shown = [self._bare(text) for text in given if self._is_signature(text)]
        # Every pair is compared, so that the time taken tells nothing.
        matches = [hmac.compare_digest(theirs, mine) for theirs in shown for mine in expected]
        if not any(matches):
            what = "token" if self.algorithm == "token" else "signature"
            raise BadSignature(f"the {what} in {name} does not match")
        refuse_age(timestamp or self._told_in(message), now, self.tolerance)

    def signed_text(self, message: Message) -> bytes:
        """What the signature of a verified message is about; of a token, the body beside it.

        Raises BadSignature where there is none.
        """
        if self.algorithm == "token":
            return message.body
        _, given = self._given(message)
        return self._text(self._timestamp(message, given), message)

    def _given(self, message: Message) -> tuple[str, list[str]]:
        """The name of the header, and every candidate signature in it."""
        names = [name for name in self.headers if message.headers.get(name.lower())]
        if not names:
            raise BadSignature(f"the header {' or '.join(self.headers)} is missing")
        texts = [message.headers[name.lower()].strip() for name in names]
        if self.separator:
            texts = [part.strip() for text in texts for part in text.split(self.separator)]
        return names[0], texts

    def _is_signature(self, text: str) -> bool:
        return not self.separator or text.startswith(self.prefix)

    def _bare(self, given: str) -> bytes:
        if self.algorithm == "token":
            return given.removeprefix(self.prefix).encode("utf-8", "surrogateescape")
        # Some senders of a bare digest name the algorithm all the same, and others leave it out.
        text = given.removeprefix(self.prefix).removeprefix(f"{self.algorithm}=")
        text = text.lower() if self.encoding == "hex" else text
        return text.encode("utf-8", "surrogateescape")

    def _key(self, secret: str) -> bytes:
        """The HMAC key; a secret that is no valid base64 is used as it is."""
        if self.key == "text" or not secret:
            return secret.encode()
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            return secret.encode()

    def _expected(self, key: bytes, timestamp: str, message: Message) -> bytes:
        if self.algorithm == "token":
            return key
        digest = hmac.new(key, self._text(timestamp, message), self.algorithm).digest()
        return base64.b64encode(digest) if self.encoding == "base64" else digest.hex().encode()

    def _text(self, timestamp: str, message: Message) -> bytes:
        form = self.signed if timestamp or "{timestamp}" not in self.signed else "{body}"
        before, has_body, after = form.partition("{body}")
        values = {
            "{timestamp}": timestamp,
            "{id}": _first(message.headers, self.id_headers),
            "{url}": message.url,
            "{fields}": message.fields if "{fields}" in form else "",
        }
        for name, value in values.items():
            before, after = before.replace(name, value), after.replace(name, value)
        return _bytes(before) + (message.body if has_body else b"") + _bytes(after)

    def _timestamp(self, message: Message, given: Sequence[str]) -> str:
        """The timestamp as it was signed; '' if there is none and none is needed."""
        if self.timestamp_part == FIRST:
            text = given[0] if len(given) > 1 else ""
        elif self.timestamp_part:
            start = f"{self.timestamp_part}="
            text = next((t.removeprefix(start) for t in given if t.startswith(start)), "")
        else:
            text = _first(message.headers, self.timestamp_headers)
        needed = "{timestamp}" in self.signed and not self.may_lack_timestamp
        if not text and needed:
            if self.timestamp_part:
                raise BadSignature(f"there is no timestamp in {self.headers[0]}")
            raise BadSignature(f"the header {' or '.join(self.timestamp_headers)} is missing")
        if text and not self.timestamp_part:
            seconds_of(text)
        return text

    def _told_in(self, message: Message) -> str:
        if not self.timestamp_field:
            return ""
        body = object_in(message.body) or {}
        return str(body.get(self.timestamp_field) or "")


def seconds_of(text: str) -> float:
    """Unix seconds of a timestamp in seconds, milliseconds or ISO 8601. Raises BadSignature."""
    if text.isascii() and text.isdecimal() and len(text) <= 13:
        return int(text) / 1000 if len(text) > 11 else int(text)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadSignature(f"“{text[:40]}” is no timestamp") from None


def refuse_age(timestamp: str, now: datetime, tolerance: int) -> None:
    """Raise BadSignature for a timestamp outside of the tolerance (seconds); '' passes."""
    if not timestamp:
        return
    age = now.timestamp() - seconds_of(timestamp)
    if abs(age) > tolerance:
        span = _say_span(abs(age))
        told = f"{span} old" if age > 0 else f"{span} in the future"
        limit = _say_span(tolerance)
        raise BadSignature(f"the signed message is {told}; at most {limit} are allowed")


def _first(headers: Mapping[str, str], names: Sequence[str]) -> str:
    return next((text for name in names if (text := headers.get(name.lower(), "").strip())), "")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _say_span(seconds: float) -> str:
    count, unit = (seconds / 60, "minute") if seconds >= 60 else (seconds, "second")
    if seconds >= 7200:
        count, unit = seconds / 3600, "hour"
    number = round(count)
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
