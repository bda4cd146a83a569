"""A push service and a device, as the makers of browsers have them: for what the portal sends."""

import base64
import json

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from notifications import web_push

AUTH = bytes(range(16))


class Device:
    """A browser that has subscribed: it alone reads what is sent to it."""

    def __init__(self, endpoint):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.endpoint = endpoint

    @property
    def subscription(self):
        """As its script gets it."""
        public = web_push.encoded(web_push.public_bytes(self.key))
        keys = {"p256dh": public, "auth": web_push.encoded(AUTH)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    @property
    def config(self):
        return {"device": "Phone", "endpoint": self.endpoint, **self.subscription["keys"]}

    def read(self, body):
        """What a push holds."""
        text = http_ece.decrypt(body, private_key=self.key, auth_secret=AUTH, version="aes128gcm")
        return json.loads(text)


def claims_of(header, *, audience):
    """What the token of an ``Authorization`` says; checked with the key that stands beside it."""
    scheme, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    raw = base64.urlsafe_b64decode(parts["k"] + "=")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    return jwt.decode(parts["t"], key, algorithms=["ES256"], audience=audience)
