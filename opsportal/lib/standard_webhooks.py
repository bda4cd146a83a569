"""Signatures that libraries of Standard Webhooks verify (standardwebhooks.com)."""

import base64
import hmac
from contextlib import suppress

PREFIX = "whsec_"


def headers(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The id, the time in Unix seconds, and a signature for each secret; none without one."""
    told = {"webhook-id": message_id, "webhook-timestamp": str(timestamp_s)}
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    signatures = [
        f"v1,{base64.b64encode(hmac.digest(_key(one), signed, 'sha256')).decode()}"
        for one in secrets_in(secret)
    ]
    return told | ({"webhook-signature": " ".join(signatures)} if signatures else {})


def secrets_in(text: str) -> list[str]:
    """The secret; several of the form whsec_… with spaces between are several."""
    words = text.split()
    if words and all(word.startswith(PREFIX) for word in words):
        return words
    return [text] if text else []


def _key(secret: str) -> bytes:
    """What is encoded after whsec_; where that is no base64, the text itself in UTF-8."""
    if secret.startswith(PREFIX):
        with suppress(ValueError):
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()
