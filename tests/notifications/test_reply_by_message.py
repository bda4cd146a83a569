"""Who answers by a provider that carries nothing back is told by a message what came of it."""

import json

import pytest

from notifications.models import Notification, Provider
from notifications.providers import find_provider
from notifications.providers.sms import android_gateway
from tests.notifications.accounts import NUMBER, make_page, make_phone
from tests.notifications.providers.calls import callback

pytestmark = pytest.mark.django_db


def post(client, text, hook="h-1", sender=NUMBER):
    example = find_provider("sms", "android_gateway").example
    account, _ = Provider.objects.get_or_create(
        channel="sms", kind="android_gateway", name="Phone", defaults={"config": example}
    )
    payload = {"message": text, "phoneNumber": sender}
    body = json.dumps({"id": hook, "event": "sms:received", "payload": payload}).encode()
    signature = android_gateway.signature("sign-key", callback(body, X_Timestamp="1"))
    return client.post(
        f"/callbacks/{account.token}/",
        body,
        content_type="application/json",
        headers={"X-Signature": signature, "X-Timestamp": "1"},
    )


def told():
    rows = Notification.objects.filter(event="notice")
    return [(row.contact_method, row.facts["notice"]["title"]) for row in rows]


def test_it_is_told_once_to_the_number_that_it_came_from(client):
    method = make_phone()
    make_phone("+4915199999999", user=method.user)
    row = make_page(method)

    answers = [post(client, f"ack {row.incident_id}") for _ in range(2)]

    row.incident.refresh_from_db()
    assert row.incident.status == "acknowledged"
    assert [(one.status_code, one.content) for one in answers] == [(200, b"")] * 2
    assert told() == [(method, f"Yours: #{row.incident_id} acknowledged.")]


def test_a_stranger_is_told_nothing(client):
    row = make_page(make_phone())

    assert post(client, f"ack {row.incident_id}", sender="+4915100000000").status_code == 200

    assert told() == []


def test_twilio_is_told_in_the_answer_itself():
    assert find_provider("sms", "twilio").answers_by_message is False
    assert find_provider("sms", "plivo").answers_by_message is True
