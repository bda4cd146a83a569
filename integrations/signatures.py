"""Who signs how, and whether a message is signed by who has the secret."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.errors import BadSignature

TOLERANCE = 300  # seconds


@dataclass(frozen=True, slots=True)
class Signer:
    """How one provider proves a message: in which header, with what, over what.

    ``signed`` is written with {body} and {timestamp}. With the algorithm "token" the header is the
    secret itself. Where the timestamp's header is missing and may be, only the body is signed.
    """

    headers: tuple[str, ...]
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signed: str = "{body}"
    timestamp_headers: tuple[str, ...] = ()
    needs_timestamp: bool = False
    tolerance: int = TOLERANCE

    def verify(
        self, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        """Pass, or raise BadSignature with the reason."""
        names = [name for name in self.headers if headers.get(name.lower())]
        given = [headers[name.lower()] for name in names]
        if not given:
            raise BadSignature(f"the header {' or '.join(self.headers)} is missing")
        timestamp = self._timestamp(headers)
        secrets = [secret for secret in secrets if secret]
        expected = [self._expected(secret, timestamp, body) for secret in secrets]
        # Every pair is compared, so that the time taken tells nothing.
        matches = [
            hmac.compare_digest(self._bare(text), mine) for text in given for mine in expected
        ]
        if not any(matches):
            what = "token" if self.algorithm == "token" else "signature"
            raise BadSignature(f"the {what} in {names[0]} does not match")
        self._refuse_age(timestamp, now)

    def _expected(self, secret: str, timestamp: str, body: bytes) -> bytes:
        key = secret.encode()
        if self.algorithm == "token":
            return key
        form = self.signed if timestamp else "{body}"
        before, _, after = form.replace("{timestamp}", timestamp).partition("{body}")
        digest = hmac.new(key, before.encode() + body + after.encode(), self.algorithm).digest()
        return base64.b64encode(digest) if self.encoding == "base64" else digest.hex().encode()

    def _bare(self, given: str) -> bytes:
        text = given.strip()
        if self.algorithm == "token":
            return text.encode("utf-8", "surrogateescape")
        # Some senders of a bare digest name the algorithm all the same, and others leave it out.
        text = text.removeprefix(self.prefix).removeprefix(f"{self.algorithm}=")
        text = text.lower() if self.encoding == "hex" else text
        return text.encode("utf-8", "surrogateescape")

    def _timestamp(self, headers: Mapping[str, str]) -> str:
        for name in self.timestamp_headers:
            if text := headers.get(name.lower(), "").strip():
                if not (text.isascii() and text.isdecimal() and len(text) <= 13):
                    raise BadSignature(f"the header {name} is no time in seconds")
                return text
        if self.needs_timestamp:
            raise BadSignature(f"the header {self.timestamp_headers[0]} is missing")
        return ""

    def _refuse_age(self, timestamp: str, now: datetime) -> None:
        if not timestamp:
            return
        age = now.timestamp() - int(timestamp)
        if abs(age) > self.tolerance:
            span = _say_span(abs(age))
            told = f"{span} old" if age > 0 else f"{span} in the future"
            limit = _say_span(self.tolerance)
            raise BadSignature(f"the signed message is {told}; at most {limit} are allowed")


PROVIDERS: dict[str, Signer] = {
    "github": Signer(("X-Hub-Signature-256",), prefix="sha256="),
    "bitbucket": Signer(("X-Hub-Signature",), prefix="sha256="),
    "gitlab": Signer(("X-Gitlab-Token",), algorithm="token"),
    "sentry": Signer(("Sentry-Hook-Signature",)),
    "slack": Signer(
        ("X-Slack-Signature",),
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp_headers=("X-Slack-Request-Timestamp",),
        needs_timestamp=True,
    ),
    # Both header names are free in Grafana: these are its default and the ones in use.
    "grafana": Signer(
        ("X-Grafana-Alerting-Signature", "X-Grafana-Signature"),
        signed="{timestamp}:{body}",
        timestamp_headers=(
            "X-Grafana-Alerting-Timestamp",
            "X-Grafana-Alerting-Signature-Timestamp",
            "X-Grafana-Timestamp",
        ),
    ),
    "generic": Signer(("X-Signature", "X-Webhook-Signature"), prefix="sha256="),
}


def verify(
    provider: str,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    """Pass if any of the secrets signed these very bytes; BadSignature says what is wrong."""
    signer = PROVIDERS.get(provider)
    if signer is None:
        raise BadSignature(f"“{provider}” is no known way to sign")
    lowered = {name.lower(): value for name, value in headers.items()}
    signer.verify(secrets, lowered, bytes(body), now)


def _say_span(seconds: float) -> str:
    count, unit = (seconds / 60, "minute") if seconds >= 60 else (seconds, "second")
    if seconds >= 7200:
        count, unit = seconds / 3600, "hour"
    number = round(count)
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
