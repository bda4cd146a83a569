"""What a push service gets, what the device reads of it, and what its answers mean."""

import json

import pytest
from django.db import connection

from notifications import push_key, web_push
from notifications.channels import all_channels
from notifications.message.push import MAX_BYTES, payload_of
from opsportal.lib.encryption import decrypt
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.push_service import Device, claims_of
from tests.notifications.samples import DELIVERY, make_brief, make_message
from tests.notifications.servers import answer, say_nothing

pytestmark = pytest.mark.django_db
PUSH = all_channels()["push"]


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://ops.example"


@pytest.fixture
def device(receiver):
    receiver.behave = lambda handler: answer(handler, 201, b"", Location="/message/1")
    return Device(f"http://127.0.0.1:{receiver.server_port}/send/c0ffee")


@pytest.fixture
def sent(receiver, device):
    """Send a message; the headers that came, and what the device reads."""

    def send(message):
        PUSH.send(device.config, message)
        _, headers, body = receiver.requests[-1]
        return headers, device.read(body)

    return send


def read(message):
    return json.loads(payload_of(message))


def test_a_page_is_urgent_replaces_its_predecessor_and_is_signed(sent, device):
    headers, _ = sent(make_message(make_brief()))

    claims = claims_of(headers["Authorization"], audience=device.endpoint.rpartition("/send")[0])
    key = headers["Authorization"].rpartition("k=")[2]
    assert claims["sub"] == "https://ops.example"
    assert key == push_key.public_key()
    wanted = {
        "TTL": "3600",
        "Urgency": "high",
        "Topic": "i1042",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    assert wanted.items() <= headers.items()


def test_without_https_the_contact_of_the_portal_is_its_mail_address(sent, device, settings):
    settings.SITE_URL = "http://pager.lan:8000"
    settings.DEFAULT_FROM_EMAIL = "OpsPortal <pager@corp.example>"

    headers, _ = sent(make_message(make_brief()))

    audience = device.endpoint.rpartition("/send")[0]
    assert claims_of(headers["Authorization"], audience=audience)["sub"] == (
        "mailto:pager@corp.example"
    )


def test_the_device_reads_how_bad_which_and_where_and_has_two_buttons(sent):
    _, push = sent(make_message(make_brief(assignee_id=3, assignee="Ana")))

    assert push["web_push"] == 8030
    assert push["notification"]["title"] == "CRITICAL #1042 High CPU on web-01"
    assert push["notification"]["body"].splitlines() == [
        "Web Application · critical · open · 2026-01-23 10:30 UTC",
        "Ana has it",
        "Why you: step 2 of policy Web: you are secondary of Team Web",
    ]
    assert push["notification"]["navigate"] == "https://ops.example/incidents/1042/"
    assert (push["notification"]["tag"], push["notification"]["silent"]) == ("i1042", False)
    assert push["actions"] == [
        {
            "action": "acknowledge",
            "title": "Acknowledge",
            "urls": ["https://ops.example/a/ack1042/"],
        },
        {"action": "open", "title": "Open"},
    ]
    assert push["seen"].startswith("https://ops.example/push/")
    assert "tapped" not in push


@pytest.mark.parametrize(
    ("fields", "urgency", "silent"),
    [
        ({}, "high", False),
        ({"urgency": "low"}, "normal", True),
        ({"status": "acknowledged"}, "normal", True),
    ],
)
def test_only_high_urgency_is_loud(sent, fields, urgency, silent):
    headers, push = sent(make_message(make_brief(**fields)))

    assert (headers["Urgency"], push["notification"]["silent"]) == (urgency, silent)


@pytest.mark.parametrize(
    ("event", "title"),
    [
        ("incident.reopened", "Again: CRITICAL #1042 High CPU on web-01"),
        ("incident.acknowledged", "Acknowledged #1042: High CPU on web-01"),
        ("incident.resolved", "Resolved #1042: High CPU on web-01"),
        ("incident.merged", "Merged #1042: High CPU on web-01"),
        ("incident.updated", "Update #1042: High CPU on web-01"),
        ("incident.sla_warning", "SLA at risk #1042: High CPU on web-01"),
        ("incident.sla_breached", "SLA breached #1042: High CPU on web-01"),
        ("incident.workflow", "About #1042: High CPU on web-01"),
    ],
)
def test_every_event_says_what_has_happened(event, title):
    brief = make_brief(actions=())

    push = read(make_message(brief, event=event))

    assert push["notification"]["title"] == title
    assert push["notification"]["tag"] == "i1042"
    assert [action["action"] for action in push["actions"]] == ["open"]


def test_several_are_a_list_that_is_acknowledged_as_a_whole(sent):
    url = "https://ops.example/incidents/"
    headers, push = sent(make_message(make_brief(1), make_brief(2), url=url))

    assert push["notification"]["title"] == "2 incidents, 2 critical: #2 High CPU on web-01"
    assert push["notification"]["body"].count("High CPU on web-01") == 2
    assert push["actions"][0] == {
        "action": "acknowledge",
        "title": "Acknowledge all 2",
        "urls": ["https://ops.example/a/ack2/", "https://ops.example/a/ack1/"],
    }
    assert push["notification"]["navigate"] == url
    assert push["notification"]["tag"] == DELIVERY
    assert "Topic" not in headers


def test_what_does_not_name_all_incidents_acknowledges_none():
    many = read(make_message(*[make_brief(number) for number in range(1, 8)]))
    some = read(make_message(make_brief(1), make_brief(2, actions=())))

    assert [[one["action"] for one in push["actions"]] for push in (many, some)] == [["open"]] * 2


def test_a_verification_asks_for_a_tap_and_shows_its_code(sent):
    headers, push = sent(make_message(event="verification", code="123456"))

    assert push["notification"]["title"] == "Tap to confirm this device"
    assert "123456" in push["notification"]["body"]
    assert push["tapped"].startswith("https://ops.example/push/")
    assert push["tapped"] != push["seen"]
    assert push["notification"]["navigate"] == "https://ops.example/me/"
    assert headers["Urgency"] == "high"


def test_a_notice_has_its_own_words():
    message = make_message(
        event="notice", title="You are on call", text="Until 18:00.", url="https://ops.example/x/"
    )

    shown = read(message)["notification"]

    assert (shown["title"], shown["body"]) == ("You are on call", "Until 18:00.")
    assert shown["navigate"] == "https://ops.example/x/"


@pytest.mark.parametrize("character", ["x", "ü", "😀", '"', "\\"])
def test_a_long_text_is_cut_and_its_addresses_are_whole(character):
    brief = make_brief(title=character * 500, summary=character * 3000)

    payload = payload_of(make_message(brief, reason=character * 500))

    push = json.loads(payload)
    assert len(payload) <= MAX_BYTES
    assert push["notification"]["navigate"] == "https://ops.example/incidents/1042/"
    assert push["actions"][0]["urls"] == ["https://ops.example/a/ack1042/"]


def test_a_repetition_and_a_delay_are_said_first():
    push = read(make_message(make_brief(), may_repeat=True, delayed_by_s=840))

    first, second, *_ = push["notification"]["body"].splitlines()
    assert (first, second) == (
        "This message comes 14 min late.",
        "You may have had this before: its delivery was never confirmed.",
    )


@pytest.mark.parametrize(
    ("status", "headers", "flags"),
    [
        (404, {}, (True, False, True, None)),
        (410, {}, (True, False, True, None)),
        (403, {}, (True, True, False, None)),
        (413, {}, (True, False, False, None)),
        (429, {"Retry_After": "17"}, (False, True, False, 17.0)),
        (503, {}, (False, True, False, None)),
    ],
)
def test_the_answers_of_a_push_service(receiver, device, status, headers, flags):
    receiver.behave = lambda handler: answer(handler, status, b"BadJwtToken", **headers)

    with pytest.raises(DeliveryError, match=f"127.0.0.1 answered {status}.*BadJwt") as failure:
        PUSH.send(device.config, make_message(make_brief()))

    error = failure.value
    assert (error.permanent, error.provider_fault, error.address_fault, error.retry_after) == flags
    assert "c0ffee" not in str(error)


def test_no_answer_leaves_doubt(receiver, device, settings):
    settings.OUTGOING_TIMEOUT = 1
    receiver.behave = say_nothing

    with pytest.raises(DeliveryError, match="did not answer in time") as failure:
        PUSH.send(device.config, make_message(make_brief()))

    assert failure.value.ambiguous


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://push.example/send"),
        ("endpoint", "javascript:alert(1)"),
        ("p256dh", "AAAA"),
        ("p256dh", "ü"),
        ("auth", "ü"),
    ],
)
def test_what_is_no_subscription_is_refused(field, value):
    assert not PUSH.Form({**PUSH.example, field: value}).is_valid()


def test_the_host_of_the_push_service_is_the_lane():
    assert PUSH.lane(PUSH.example) == "Push by push.example"


def test_the_key_pair_is_made_once_and_stored_encrypted():
    first, second = push_key.public_key(), push_key.public_key()

    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM notifications_pushkey")
        [(stored,)] = cursor.fetchall()
    assert first == second == web_push.encoded(web_push.public_bytes(push_key.signing_key()))
    assert decrypt(stored).startswith("-----BEGIN PRIVATE KEY-----")


def test_a_key_pair_that_nobody_can_read_any_more_is_replaced(settings):
    before = push_key.public_key()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 8, []

    assert push_key.public_key() != before
    assert push_key.public_key() == push_key.public_key()
