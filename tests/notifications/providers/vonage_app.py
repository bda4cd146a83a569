"""An application of Vonage: its keys, and webhooks signed as Vonage signs them."""

import json
import time
from functools import cache
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.notifications.providers.calls import callback

APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
SECRET = "s1gnature-secret-0123456789abcdef0"


@cache
def key_pair():
    """The private key in PEM, and the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode(), key.public_key()


def config_of(**fields):
    return {
        "application_id": APPLICATION,
        "private_key": key_pair()[0],
        "signature_secret": SECRET,
        "sender": "+447700900000",
        **fields,
    }


def claims_of(request):
    """What the token of a request to Vonage says, checked with the public key."""
    _, headers, _ = request
    token = headers["Authorization"].removeprefix("Bearer ")
    return jwt.decode(token, key_pair()[1], algorithms=["RS256"])


def token_for(body, secret=SECRET, **claims):
    """The token of a webhook with this body."""
    said = {
        "iss": "Vonage",
        "iat": int(time.time()),
        "jti": "1",
        "api_key": "abcd1234",
        "application_id": APPLICATION,
        "payload_hash": sha256(body).hexdigest(),
        **claims,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(said, secret, algorithm="HS256")


def webhook(fields, url, query=None, *, secret=SECRET, **claims):
    body = json.dumps(fields).encode()
    bearer = f"Bearer {token_for(body, secret, **claims)}"
    return callback(body, url=url, query=query, authorization=bearer)
