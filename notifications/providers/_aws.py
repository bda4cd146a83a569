"""What Amazon's APIs share: where they are, the signature of a request (SigV4), errors, and events
that come by a topic of SNS.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django import forms
from django.utils import timezone

from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.providers._http import TIMEOUT_S, Vendor
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures import sns
from opsportal.lib.signatures.errors import BadSignature, CannotVerify
from opsportal.lib.signatures.hmac_scheme import Message as SignedMessage
from opsportal.lib.signatures.json_body import object_in

CONFIRM_TIMEOUT_S = 5.0
ENDPOINT = "https://{service}.{region}.amazonaws.com/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
# The credentials under which the seeds print them.
ENVIRONMENT = {
    "region": "AWS_REGION",
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
}
AWS = Vendor(
    label="AWS",
    of_address=frozenset({"OptedOut", "OptedOutException"}),
    of_account=frozenset(
        {
            "AccessDenied", "AuthorizationError", "ExpiredToken", "IncompleteSignature",
            "InvalidClientTokenId", "NotAuthorized", "OptInRequired", "RequestExpired",
            "SignatureDoesNotMatch",
        }
    ),
    of_busy=frozenset({"KMSThrottling", "ThrottledException", "Throttling"}),
    of_outage=frozenset({"InternalError", "InternalFailure", "ServiceUnavailable"}),
)  # fmt: skip


class AccountForm(forms.Form):
    region = forms.RegexField(r"^[a-z]{2}(-[a-z]+)+-\d$", help_text="Such as eu-central-1.")
    access_key_id = forms.RegexField(
        r"^[A-Z0-9]{10,128}$", label="Access key ID", help_text="AKIA and 16 characters."
    )
    secret_access_key = forms.CharField(
        label="Secret access key",
        max_length=200,
        widget=forms.PasswordInput,
        help_text="Shown once, when the key is made.",
    )


def query(config: Config, service: str, fields: Mapping[str, str]) -> str:
    """The XML that a service of the query protocol answers. Raises DeliveryError."""
    url = ENDPOINT.format(service=service, region=config["region"])
    body = urlencode(fields, quote_via=quote).encode()
    headers = sign(config, service, url, body, content_type=FORM, now=datetime.now(UTC))
    response = http.send("POST", url, data=body, headers=headers, timeout=TIMEOUT_S)
    text = response.content.decode(errors="replace")
    if response.ok:
        return text
    raise AWS.error_of(response, element(text, "Message"), element(text, "Code"))


def element(xml: str, name: str) -> str:
    """The text of the first element of that name; '' where there is none."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return found[1] if found else ""


def sign(
    config: Config, service: str, url: str, body: bytes, *, content_type: str, now: datetime
) -> dict[str, str]:
    """The headers of a POST that is signed, or of a GET where there is no body: valid for 15
    minutes."""
    at, parts = f"{now:%Y%m%dT%H%M%SZ}", urlsplit(url)
    scope = f"{at[:8]}/{config['region']}/{service}/aws4_request"
    signed = "content-type;host;x-amz-date"
    heads = f"content-type:{content_type}\nhost:{parts.netloc}\nx-amz-date:{at}\n"
    method = "POST" if body else "GET"
    request = f"{method}\n{parts.path}\n\n{heads}\n{signed}\n{sha256(body).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = f"AWS4{config['secret_access_key']}".encode()
    for step in (*scope.split("/"), text):
        key = hmac.digest(key, step.encode(), "sha256")
    proof = f"Credential={config['access_key_id']}/{scope}, SignedHeaders={signed}"
    return {
        "Content-Type": content_type,
        "X-Amz-Date": at,
        "Authorization": f"AWS4-HMAC-SHA256 {proof}, Signature={key.hex()}",
    }


def envelope_in(topic: str, body: bytes) -> str:
    """The envelope that a topic of SNS sends, before it is known who has signed it.

    Any topic may send where none (its ARN) is named: the address of the callback is a secret.
    Raises CallbackRefused for what cannot be of that topic.
    """
    envelope = sns.envelope_of(body)
    if envelope is None:
        raise CallbackRefused("The callback is not taken: it is no message of SNS.")
    if topic and envelope["TopicArn"] != topic:
        raise CallbackRefused("The callback is not taken: it is of another topic.")
    if not sns.is_of_amazon(envelope.get("SigningCertURL") or envelope.get("SigningCertUrl")):
        raise CallbackRefused("Its SigningCertURL leads to no host of Amazon SNS.")
    return body.decode(errors="replace")


def read_event(topic: str, body: bytes) -> dict[str, Any]:
    """The event that a topic of SNS hands on; {} where it tells of none. Asks Amazon for the
    certificate, and confirms a subscription.

    Raises CallbackRefused for what Amazon did not sign, and CannotVerify where Amazon is to be
    asked again later.
    """
    try:
        sns.Sns().verify([topic] if topic else [], SignedMessage({}, body), timezone.now())
    except BadSignature as reason:
        raise CallbackRefused(f"The callback is not taken: {reason}.") from None
    envelope = sns.envelope_of(body) or {}
    if envelope["Type"] == sns.SUBSCRIPTION:
        _confirm(envelope.get("SubscribeURL"))
    is_event = envelope["Type"] == sns.NOTIFICATION
    return (object_in(str(envelope.get("Message"))) or {}) if is_event else {}


def _confirm(url: Any) -> None:
    """Raises CannotVerify where the subscription could not be confirmed now."""
    if not sns.is_of_amazon(url):
        raise CallbackRefused("Its SubscribeURL leads to no host of Amazon SNS.")
    try:
        answer = http.send("GET", url, timeout=CONFIRM_TIMEOUT_S)
    except DeliveryError as error:
        raise CannotVerify(f"The subscription could not be confirmed: {error}") from None
    if not answer.ok:
        raise CannotVerify(f"The subscription was not confirmed: {answer.status_code}.")
