"""Signatures of Vonage: over the sorted fields of a callback, by any of five methods.

https://developer.vonage.com/en/getting-started/concepts/signing-messages
"""

import hmac
from collections.abc import Mapping
from hashlib import md5

METHODS = ("sha256", "sha512", "sha1", "md5")


def is_signed(secret: str, fields: Mapping[str, str]) -> bool:
    """Whether the signature fits by one of the methods that may be chosen in the dashboard."""
    given = fields.get("sig", "").lower().encode()
    wanted = sorted((name, value) for name, value in fields.items() if name != "sig")
    text = "".join(f"&{n}={v.replace('&', '_').replace('=', '_')}" for n, v in wanted).encode()
    key = secret.encode()
    plain = md5(text + key, usedforsecurity=False).digest()
    made = (plain, *(hmac.digest(key, text, method) for method in METHODS))
    return any(hmac.compare_digest(one.hex().encode(), given) for one in made)
