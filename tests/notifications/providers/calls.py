"""What tests of providers share: a vendor that answers as told, its callbacks, and its errors."""

import json
from functools import partial

import pytest

from notifications.providers import find_provider
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import answer

HERE = "https://ops.example/callbacks/t0k/"
PHONE = {"number": "+4915112345678"}
TITLE = "CRITICAL #1042 High CPU on web-01 (Web Application)"
TEXT = f"{TITLE} Reply ack 1042. https://ops.example/incidents/1042/"
UNANSWERED = f"{TITLE} https://ops.example/incidents/1042/"  # where no answer comes back


def base_of(receiver):
    return receiver.url.removesuffix("/hook/t0ken")


def answers(receiver, body, status=200, **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    receiver.behave = partial(answer, status=status, body=body, **headers)


def send(kind, message=None, /, channel="sms", **config):
    """Send by the example of a provider, with its callbacks at HERE."""
    provider = find_provider(channel, kind)
    config = {**provider.example, "callback_url": HERE, **config}
    return provider.send(config, PHONE, message or make_message(make_brief()))


def refusal(kind, /, **how):
    """The error of a send, and its flags in words."""
    with pytest.raises(DeliveryError) as failure:
        send(kind, **how)
    error = failure.value
    names = ("permanent", "provider_fault", "address_fault", "ambiguous")
    flags = [name for name in names if getattr(error, name)]
    return str(error), " ".join(flags), error.retry_after


def callback(body=b"", *, url=HERE, query=None, method="POST", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Callback(method=method, url=url, headers=names, query=query or {}, body=body)


def read(kind, said, channel="sms", **config):
    provider = find_provider(channel, kind)
    return provider.read_callback({**provider.example, **config}, said)
