"""Postmark: what it is sent, what it refuses, and what it says later."""

import pytest

from notifications.errors import CallbackRefused
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.vendors import Vendor, kind_of

TOKEN = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def postmark(receiver, monkeypatch):
    return Vendor("postmark", receiver, monkeypatch)


def test_a_mail_has_text_and_html_its_own_id_and_no_tracking(postmark):
    postmark.answers(200, {"ErrorCode": 0, "MessageID": "pm-1"})

    accepted = postmark.send()

    path, headers, _ = postmark.request
    payload = postmark.payload
    kept = {one["Name"]: one["Value"] for one in payload["Headers"]}
    assert (accepted.provider_id, path) == ("pm-1", "/email")
    assert headers["X-Postmark-Server-Token"] == TOKEN
    assert (payload["To"], payload["MessageStream"]) == ("jane@example.com", "outbound")
    assert "https://ops.example/a/ack1042/" in payload["TextBody"]
    assert "<!doctype html>" in payload["HtmlBody"]
    assert kept["X-PM-KeepID"] == "true"
    assert kept["Message-ID"].startswith("<incident-1042.")
    assert (payload["TrackOpens"], payload["TrackLinks"]) == (False, "None")


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        (422, 406, "You tried to send to a recipient that has been marked as inactive.", "address"),
        (422, 300, "Invalid 'To' address: 'jane@'.", "address"),
        (422, 300, "Invalid 'From' address: 'ops@'.", "provider for good"),
        (422, 412, "While your account is pending approval, …", "provider for good"),
        (422, 405, "Your account ran out of credits.", "provider for good"),
        (401, 10, "Request does not contain a valid Server token.", "provider for good"),
        (429, 0, "Slow down", "busy 10"),
        (500, 0, "Internal error", "provider"),
    ],
)
def test_its_errors_are_told_apart_in_its_words(postmark, status, code, words, kind):
    failure = postmark.fails(status, {"ErrorCode": code, "Message": words})

    assert kind_of(failure) == kind
    assert words in str(failure)


def test_the_server_is_looked_at_without_a_mail(postmark):
    said = postmark.checks(200, {"Name": "Ops", "DeliveryType": "Live"})

    assert said == "Postmark: the server “Ops” may send."
    with pytest.raises(DeliveryError, match="is a sandbox"):
        postmark.checks(200, {"Name": "Ops", "DeliveryType": "Sandbox"})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"RecordType": "Delivery", "Details": "250 OK"}, ("delivered", "250 OK", False)),
        (
            {"RecordType": "Bounce", "Type": "HardBounce", "Description": "unknown user"},
            ("failed", "unknown user", True),
        ),
        (
            {"RecordType": "Bounce", "Type": "SoftBounce", "Description": "full"},
            ("failed", "full", False),
        ),
        (
            {"RecordType": "Bounce", "Type": "SoftBounce", "Inactive": True, "Details": "gone"},
            ("failed", "gone", True),
        ),
        (
            {"RecordType": "Bounce", "Type": "Transient", "Description": "busy"},
            ("sent", "busy", False),
        ),
        (
            {"RecordType": "SpamComplaint", "Description": "reported"},
            ("failed", "reported", True),
        ),
    ],
)
def test_an_event_is_a_receipt(postmark, told, expected):
    assert postmark.hears({"MessageID": "pm-1", **told}) == [("pm-1", *expected)]


def test_an_automatic_answer_is_no_receipt_and_a_list_is_refused(postmark):
    away = {"RecordType": "Bounce", "Type": "AutoResponder", "MessageID": "pm-1"}

    assert postmark.hears(away) == []
    with pytest.raises(CallbackRefused):
        postmark.hears([away])
