"""Twilio's calls, and two people who can be rung."""

import pytest

from tests.escalation.calls import SITE, Twilio, make_phone
from tests.factories import make_user
from tests.notifications.conftest import receiver  # noqa: F401

ANA, BO = "+4915100000001", "+4915100000002"


@pytest.fixture
def twilio(receiver, monkeypatch, client, settings, local_network):  # noqa: F811
    settings.SITE_URL = SITE
    return Twilio(receiver, monkeypatch, client)


@pytest.fixture
def ana():
    person = make_user("Ana")
    make_phone(person, ANA)
    return person


@pytest.fixture
def bo():
    person = make_user("Bo")
    make_phone(person, BO)
    return person
