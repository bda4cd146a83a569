"""Envelopes of Amazon SNS, signed by a key of the tests."""

import base64
import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.utils import timezone

HOST = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-0123.pem"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
KEY = rsa.generate_private_key(65537, 2048)
IN_ORDER = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn",
            "Type")  # fmt: skip


def certificate_of(key, *, ended=False):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=9))
    built = built.not_valid_after(now + timedelta(days=-1 if ended else 9))
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM)


PEM = certificate_of(KEY)


def sign(envelope, key=KEY):
    """The envelope, signed as SNS does: the fields by name, each on two lines."""
    lines = [f"{name}\n{envelope[name]}\n" for name in IN_ORDER if name in envelope]
    algorithm = SHA1() if envelope["SignatureVersion"] == "1" else SHA256()
    signature = key.sign("".join(lines).encode(), PKCS1v15(), algorithm)
    return {**envelope, "Signature": base64.b64encode(signature).decode()}


def notification(message="hello", *, age=timedelta(), key=KEY, **fields):
    at = timezone.now() - age
    envelope = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Subject": "ALARM",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": "1",
        "SigningCertURL": CERTIFICATE,
        **fields,
    }
    return sign({name: value for name, value in envelope.items() if value is not None}, key)


def subscription(kind="SubscriptionConfirmation", **fields):
    fields.setdefault("SubscribeURL", f"{HOST}/?Action=ConfirmSubscription&Token=t")
    return notification("You have chosen…", Type=kind, Token="t", Subject=None, **fields)
