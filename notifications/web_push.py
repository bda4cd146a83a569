"""Web Push: a payload that only the device reads (RFC 8291), and who sends it (RFC 8292). Pure."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD_BYTES = 4096
LAST_RECORD = b"\x02"
TOKEN_TTL = timedelta(hours=12)


def encrypt(
    text: bytes,
    p256dh: str,
    auth: str,
    *,
    ephemeral: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """The body of a push, ``aes128gcm``: at most 3,993 bytes of text for the device with this key
    and this secret, both base64url as its browser gave them. Raises ValueError for others."""
    theirs = decoded(p256dh)
    ephemeral, salt = ephemeral or ec.generate_private_key(CURVE), salt or os.urandom(16)
    ours = public_bytes(ephemeral)
    point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs)
    shared = ephemeral.exchange(ec.ECDH(), point)
    secret = _derive(shared, decoded(auth), b"WebPush: info\0" + theirs + ours, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, text + LAST_RECORD, None)
    return salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def authorization(
    endpoint: str, key: ec.EllipticCurvePrivateKey, *, contact: str, now: datetime
) -> str:
    """The header by which the push service of an endpoint knows whose push it is, for 12 hours.

    ``contact`` is where its operator finds us: a ``mailto:`` or an ``https:`` address.
    """
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + TOKEN_TTL, "sub": contact}
    token = jwt.encode(claims, key, algorithm="ES256")
    return f"vapid t={token}, k={encoded(public_bytes(key))}"


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key pair: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(content: bytes) -> str:
    """As base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url, with or without padding. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
