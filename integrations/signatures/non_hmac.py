"""Signature schemes other than one HMAC: token in the body, JWS, digest in the URL."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from opsportal.lib.signatures.errors import BadSignature
from opsportal.lib.signatures.hmac_scheme import Message, Signer
from opsportal.lib.signatures.json_body import object_in


@dataclass(frozen=True, slots=True)
class BodyInUrl(Signer):
    """Twilio: the URL is signed with the fields of a form; of any other body the URL holds the
    digest, and is signed with it."""

    def verify(self, secrets: Sequence[str], message: Message, now: datetime) -> None:
        """Pass, or raise BadSignature with the reason."""
        Signer.verify(self, secrets, message, now)
        if message.body.strip() and not message.fields:
            query = dict(parse_qsl(urlsplit(message.url).query))
            digest = hashlib.sha256(message.body).hexdigest()
            if not hmac.compare_digest(query.get("bodySHA256", "").encode(), digest.encode()):
                raise BadSignature("bodySHA256 in the URL is not the digest of the body")


@dataclass(frozen=True, slots=True)
class TokenInBody:
    """The secret itself, in a field at the top of a JSON body or of a form, or in the query."""

    label: str
    name: str
    headers: tuple[str, ...] = ()
    algorithm: str = "token"
    needs_secret: bool = field(default=True, init=False)

    def verify(self, secrets: Sequence[str], message: Message, now: datetime) -> None:
        """Raises BadSignature with the reason."""
        given = self._given(message).encode("utf-8", "replace")
        if not given:
            raise BadSignature(f"the message has no {self.name}")
        matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets if secret]
        if not any(matches):
            raise BadSignature(f"the token in {self.name} does not match")

    def _given(self, message: Message) -> str:
        body = object_in(message.body)
        if body is None:
            body = dict(parse_qsl(message.body.decode("utf-8", "replace")))
        found = body.get(self.name)
        if found is None:
            found = dict(parse_qsl(urlsplit(message.url).query)).get(self.name)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Jws:
    """A JSON Web Signature (HS256) one claim of which is the hexadecimal digest of the body."""

    label: str
    headers: tuple[str, ...]
    claim: str
    algorithm: str = "sha256"
    needs_secret: bool = field(default=True, init=False)

    def verify(self, secrets: Sequence[str], message: Message, now: datetime) -> None:
        """Raises BadSignature with the reason."""
        name = self.headers[0]
        given = message.headers.get(name.lower(), "").strip()
        if not given:
            raise BadSignature(f"the header {name} is missing")
        signed, _, signature = given.rpartition(".")
        head, claims = _parts(signed, name)
        if head.get("alg") != "HS256":
            raise BadSignature(f"the signature in {name} is not made with HS256")
        expected = [_sign(secret, signed) for secret in secrets if secret]
        matches = [hmac.compare_digest(signature.encode("utf-8", "replace"), m) for m in expected]
        if not any(matches):
            raise BadSignature(f"the signature in {name} does not match")
        digest = hashlib.new(self.algorithm, message.body).hexdigest()
        if not hmac.compare_digest(str(claims.get(self.claim, "")).encode(), digest.encode()):
            raise BadSignature(f"the signature in {name} is about another body")
        expires = claims.get("exp")
        if isinstance(expires, int | float) and expires < now.timestamp():
            raise BadSignature(f"the signature in {name} has expired")


def _sign(secret: str, signed: str) -> bytes:
    digest = hmac.new(secret.encode(), signed.encode("utf-8", "replace"), "sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _parts(signed: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        head, claims = (_json(part) for part in signed.split("."))
    except (ValueError, binascii.Error):
        raise BadSignature(f"the header {name} is no JSON Web Signature") from None
    return head, claims


def _json(part: str) -> dict[str, Any]:
    found = object_in(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if found is None:
        raise ValueError(part)
    return found
