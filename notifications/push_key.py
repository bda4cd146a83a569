"""The key pair that signs what goes to push services: made once, and kept encrypted."""

from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from notifications import web_push
from notifications.models import PushKey
from opsportal.lib.encryption import SecretUnreadable

ROW_ID = 1


def signing_key() -> ec.EllipticCurvePrivateKey:
    """The key pair, made where there is none yet. Raises SecretUnreadable."""
    row = PushKey.objects.filter(pk=ROW_ID).first()
    if row is None:
        row, _ = PushKey.objects.get_or_create(pk=ROW_ID, defaults={"private_key": _generate()})
    return cast(
        ec.EllipticCurvePrivateKey, load_pem_private_key(row.private_key.encode(), password=None)
    )


def public_key() -> str:
    """What a browser subscribes with: base64url of 65 bytes.

    A key pair that nobody can read any more is replaced: no address that was subscribed with it
    can be read either.
    """
    try:
        key = signing_key()
    except SecretUnreadable:
        PushKey.objects.filter(pk=ROW_ID).update(private_key=_generate())
        key = signing_key()
    return web_push.encoded(web_push.public_bytes(key))


def _generate() -> str:
    key = ec.generate_private_key(web_push.CURVE)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
