"""A vendor of mail, faked by a server on this machine, and what it was sent."""

import json
from functools import partial

import pytest

from notifications.providers import find_provider
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import answer

ADDRESS = {"address": "jane@example.com"}


class Vendor:
    """The provider of a kind, whose API is the receiver."""

    def __init__(self, kind, receiver, monkeypatch):
        self.provider = find_provider("email", kind)
        self.config = dict(self.provider.example)
        self.receiver = receiver
        base = receiver.url.removesuffix("/hook/t0ken")
        if hasattr(self.provider, "apis"):
            apis = dict.fromkeys(self.provider.apis, base)
            monkeypatch.setattr(type(self.provider), "apis", apis)

    def answers(self, status, body=b"", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.receiver.behave = partial(answer, status=status, body=content, **headers)

    def send(self, message=None):
        return self.provider.send(self.config, ADDRESS, message or make_message(make_brief()))

    def fails(self, status, body=b"", **headers):
        self.answers(status, body, **headers)
        with pytest.raises(DeliveryError) as failure:
            self.send()
        return failure.value

    def checks(self, status, body):
        self.answers(status, body)
        return self.provider.check(self.config)

    @property
    def request(self):
        """Path, headers and body of the last request."""
        path, headers, body = self.receiver.requests[-1]
        return path, headers, body.decode()

    @property
    def payload(self):
        return json.loads(self.request[2])

    def hears(self, body, **headers):
        """The receipts of a callback, as (id, state, words, fault of the address)."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        callback = Callback(method="POST", url="", headers=headers, query={}, body=content)
        heard = self.provider.read_callback(self.config, callback)
        if heard.follow_up:
            heard = self.provider.follow_up(self.config, heard.follow_up)
        return [
            (r.provider_id, r.state.value, r.code, bool(r.address_fault)) for r in heard.receipts
        ]


def kind_of(failure):
    """What a failure is about, in one word."""
    if failure.retry_after is not None:
        return f"busy {failure.retry_after:g}"
    if failure.address_fault:
        return "address"
    who = "provider" if failure.provider_fault else "mail"
    return f"{who} for good" if failure.permanent else who
