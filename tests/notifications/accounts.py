"""Accounts at a provider, phones and pages for tests of what providers carry."""

from functools import partial

import pytest
from django.utils import timezone

from notifications.actions.deliver import deliver
from notifications.models import ContactMethod, Notification, Provider
from notifications.providers import _twilio, find_provider
from tests.factories import make_incident, make_method, make_user
from tests.notifications.servers import answer

NUMBER = "+4915112345678"
ACCEPTED = b'{"sid": "SM1", "num_segments": "2"}'


@pytest.fixture
def twilio(receiver, monkeypatch):
    """A server that answers as Twilio does."""
    receiver.behave = partial(answer, status=201, body=ACCEPTED)
    monkeypatch.setattr(_twilio, "API", receiver.url.removesuffix("/hook/t0ken"))
    return receiver


def make_provider(name="Main", **fields):
    config = find_provider("sms", "twilio").example
    return Provider.objects.create(channel="sms", kind="twilio", name=name, config=config, **fields)


def make_phone(number=NUMBER, **fields):
    user = fields.pop("user", None) or make_user(email=False)
    return ContactMethod.objects.create(
        user=user, channel="sms", config={"number": number}, verified_at=timezone.now(), **fields
    )


def make_page(method, incident=None, **fields):
    incident = incident or make_incident()
    now = timezone.now()
    return Notification.objects.create(
        incident=incident,
        user=method.user,
        contact_method=method,
        channel="sms",
        address=method.address,
        page_key=f"p{incident.pk}",
        address_key=f"m{method.pk}",
        facts={"paging_round": incident.paging_round},
        next_attempt_at=now,
        **fields,
    )


def send(row):
    deliver([(row.pk, row.attempts_made)])
    row.refresh_from_db()
    return row


def sent_page(twilio):
    make_provider()
    return send(make_page(make_phone()))


def make_mail(user):
    return make_method(user, "email", {"address": f"second.{user.email}"})
