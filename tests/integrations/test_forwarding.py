"""Messages are forwarded to the old pager as they came, after they are safe, and never in the way.

The old pager is a real server on this machine.
"""

import gzip
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from integrations.inbound import retention
from integrations.inbound.request import RAW_PATH
from integrations.models import Forward, InboundMessage, Integration
from integrations.setup import forwarding, rotation
from tests.integrations import opsgenie
from tests.integrations.forwards import forward_all, make_forwarded
from tests.integrations.posting import enqueue, event, post, work
from tests.notifications.servers import answer

pytestmark = pytest.mark.django_db
OTHER_KEY = "0123456789abcdef0123456789abcdef"


def test_the_same_bytes_arrive_after_the_message_is_answered(client, old_pager):
    integration = make_forwarded("events-api-v2", old_pager)
    theirs = b'{"status": "success", "dedup_key": "disk"}'
    old_pager.behave = lambda handler: answer(handler, 202, theirs)
    body = b'{ "routing_key": "%s",\n "dedup_key":"disk", ' % integration.token.encode()
    body += (
        b'"event_action":"trigger", "payload": {"summary":"Disk","source":"db","severity":"error"}}'
    )

    told = client.post(
        "/v2/enqueue", body, content_type="application/json", headers={"User-Agent": "agent/7"}
    )
    assert told.status_code == 202
    assert old_pager.requests == []
    work()
    forward_all()

    [(path, headers, sent)] = old_pager.requests
    assert (path, sent) == ("/v2/enqueue", body)
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "agent/7")
    row = Forward.objects.get()
    assert (row.state, row.status, row.is_taken) == ("answered", 202, True)
    assert (row.answer_key, row.attempts) == ("disk", 1)
    assert (row.request, bytes(row.body)) == ({}, b"")


def test_address_and_authorization_go_along_and_are_encrypted_until_then(client, old_pager):
    integration = make_forwarded("opsgenie", old_pager)
    opsgenie.create(client, integration)
    opsgenie.do(client, integration, "close", note="done")

    with connection.cursor() as cursor:
        cursor.execute("SELECT request FROM integrations_forward")
        stored = [text for (text,) in cursor.fetchall()]
    assert len(stored) == 2
    assert not any(integration.token in text or "GenieKey" in text for text in stored)
    forward_all()

    (create, close) = old_pager.requests
    assert [create[0], close[0]] == ["/v2/alerts", "/v2/alerts/disk/close?identifierType=alias"]
    assert create[1]["authorization"] == f"GenieKey {integration.token}"
    assert json.loads(close[2]) == {"note": "done"}


def test_the_path_arrives_as_it_was_encoded(client, old_pager):
    integration = make_forwarded("opsgenie", old_pager)
    client.post(
        "/v2/alerts/db%2F1/close?identifierType=alias",
        {"note": "done"},
        content_type="application/json",
        headers=opsgenie.auth(integration),
        **{RAW_PATH: "/v2/alerts/db%2F1/close"},
    )
    forward_all()

    assert old_pager.requests[0][0] == "/v2/alerts/db%2F1/close?identifierType=alias"


def test_an_empty_body_arrives_empty_and_a_compressed_one_compressed(client, old_pager):
    integration = make_forwarded("opsgenie", old_pager)
    opsgenie.create(client, integration)
    opsgenie.send(client, integration, "post", "/v2/alerts/disk/acknowledge?identifierType=alias")
    packed = gzip.compress(b'{"message": "Packed"}')
    client.post(
        "/v2/alerts",
        packed,
        content_type="application/json",
        headers={**opsgenie.auth(integration), "Content-Encoding": "gzip"},
    )
    forward_all()

    assert old_pager.requests[1][2] == b""
    assert old_pager.requests[2][2] == packed
    assert old_pager.requests[2][1]["content-encoding"] == "gzip"


def test_its_own_key_takes_the_place_of_ours_wherever_ours_stands(client, old_pager):
    integration = make_forwarded("opsgenie", old_pager, key=OTHER_KEY)
    rotation.rotate_token(integration.pk, overlap=timedelta(days=1))
    opsgenie.create(client, integration, message=f"by {integration.token}")
    packed = gzip.compress(json.dumps({"message": integration.token}).encode())
    client.post(
        f"/v2/alerts?apiKey={integration.token}",
        packed,
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    forward_all()

    first, second = old_pager.requests
    assert first[1]["authorization"] == f"GenieKey {OTHER_KEY}"
    assert json.loads(first[2])["message"] == f"by {OTHER_KEY}"
    assert second[0] == f"/v2/alerts?apiKey={OTHER_KEY}"
    assert json.loads(second[2]) == {"message": OTHER_KEY}
    assert "content-encoding" not in second[1]


def test_an_address_with_a_path_is_taken_as_it_stands_and_alertmanager_loses_our_prefix(
    client, old_pager
):
    room = make_forwarded("slack-webhook", old_pager, path="/services/T0/B0/x")
    client.post(f"/hooks/slack/{room.token}", {"text": "Full"}, content_type="application/json")
    prometheus = make_forwarded("prometheus", old_pager)
    client.post(
        f"/alertmanager/{prometheus.token}/api/v2/alerts", [], content_type="application/json"
    )
    forward_all()

    assert {path for path, _, _ in old_pager.requests} == {"/services/T0/B0/x", "/api/v2/alerts"}


def test_cookies_and_keys_of_this_portal_stay_here_and_what_was_forwarded_goes_no_further(
    client, old_pager
):
    integration = make_forwarded("opsgenie", old_pager)
    mine = {"Cookie": "session=1", "X-API-Key": "sk_live_0123456789abcdef", "X-Mine": "1"}
    client.post(
        "/v2/alerts",
        {"message": "a"},
        content_type="application/json",
        headers={**opsgenie.auth(integration), **mine},
    )
    again = {**opsgenie.auth(integration), "X-OpsPortal-Forwarded": "1"}
    client.post("/v2/alerts", {"message": "b"}, content_type="application/json", headers=again)
    forward_all()

    [(_, headers, _)] = old_pager.requests
    assert headers["x-mine"] == "1"
    assert {"cookie", "x-api-key"}.isdisjoint(headers)


def test_who_may_not_send_is_not_forwarded_and_what_cannot_be_read_is(client, old_pager):
    integration = make_forwarded("odown", old_pager)
    post(client, integration, b"{not json")
    Integration.objects.filter(pk=integration.pk).update(is_enabled=False)
    stranger = Client()
    stranger.post("/POSTAlert/0123456789/it", "{}", content_type="application/json")
    lane_before = Forward.objects.count()
    integration.refresh_from_db()
    integration.save()  # Its endpoint is read anew.
    post(client, integration, {})
    forward_all()

    assert lane_before == Forward.objects.count() == 1
    assert [sent for _, _, sent in old_pager.requests] == [b"{not json"]


def test_it_ends_by_itself_at_its_date_and_when_it_is_stopped(client, old_pager):
    integration = make_forwarded("odown", old_pager)
    soon = timezone.now() + timedelta(days=8)
    post(client, integration, {"a": 1})
    forwarding.stop_forwarding(integration.pk)
    post(client, integration, {"a": 2})
    again = make_forwarded("odown", old_pager)
    Integration.objects.filter(pk=again.pk).update(forward_until=timezone.now())
    post(client, again, {"a": 3})
    forward_all(soon)

    assert old_pager.requests == []
    assert [row.error for row in Forward.objects.all()] == [forwarding.STOPPED]
    integration.refresh_from_db()
    assert (integration.forward_address, integration.forward_key) == ("", "")


def test_private_addresses_are_refused_where_the_settings_refuse_them(client, old_pager, settings):
    settings.OUTGOING_ALLOW_PRIVATE = False
    integration = make_forwarded("events-api-v2", old_pager)
    enqueue(client, integration, event())
    forward_all()

    row = Forward.objects.get()
    assert (row.state, old_pager.requests) == ("failed", [])
    assert row.error


def test_its_result_goes_with_its_message(client, old_pager):
    integration = make_forwarded("odown", old_pager)
    post(client, integration, {"a": 1})
    work()
    retention.prune(timezone.now() + timedelta(days=500))

    assert not InboundMessage.objects.exists()
    assert not Forward.objects.exists()
