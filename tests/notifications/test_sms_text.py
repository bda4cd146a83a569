"""What a text costs as SMS, and that a message is never more than two of them."""

import pytest

from notifications.message.short import short_text, sms_text
from notifications.message.sms_segments import BASIC, EXTENDED, segments
from notifications.providers import find_provider
from tests.notifications.samples import make_brief, make_message


@pytest.mark.parametrize(
    ("text", "is_gsm", "units", "parts"),
    [
        ("", True, 0, 1),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("€" * 80, True, 160, 1),
        ("€" * 81, True, 162, 2),
        ("a" * 152 + "€" + "a" * 10, True, 164, 2),
        ("a" * 152 + "€" + "a" * 152, True, 306, 3),
        ("ê" * 70, False, 70, 1),
        ("ê" * 71, False, 71, 2),
        ("ê" * 134, False, 134, 2),
        ("ê" * 135, False, 135, 3),
        ("🔥" * 35, False, 70, 1),
        ("🔥" * 36, False, 72, 2),
        ("ê" * 66 + "🔥" + "a" * 10, False, 78, 2),
        ("Ack: reply “1”", False, 14, 1),
        ("`", False, 1, 1),
        ("\t", False, 1, 1),
        ("ç", False, 1, 1),
        ("Grüße @£ [x]", True, 14, 1),
    ],
)
def test_parts_are_counted_as_phones_cut_them(text, is_gsm, units, parts):
    found = segments(text)

    assert (found.is_gsm, found.units, found.parts) == (is_gsm, units, parts)


def test_the_alphabet_is_whole():
    assert (len(BASIC), len(EXTENDED)) == (127, 10)


LINK = "https://ops.example/incidents/1042/"


@pytest.mark.parametrize(
    "title",
    [
        "High CPU on web-01",
        "a" * 900,
        "[x] {y} " * 60,
        "Überlastung — “web‑01” … " * 20,
        "磁盘空间不足 " * 40,
        "🔥" * 200,
        "plain " * 40 + "🔥",
    ],
)
def test_a_message_is_two_parts_at_most_and_its_link_is_whole(title):
    text = sms_text(make_message(make_brief(title=title)))

    assert segments(text).parts <= 2
    assert text.startswith("CRITICAL #1042 ")
    assert text.endswith(f" Reply ack 1042. {LINK}")


def test_what_is_cut_stays_plain_and_fills_both_parts():
    text = sms_text(make_message(make_brief(title="a" * 900)))

    assert "aaa... Reply ack" in text
    assert (segments(text).is_gsm, len(text)) == (True, 306)


def test_typographic_characters_do_not_double_the_price():
    text = sms_text(make_message(make_brief(title="“web-01” – slow…")))

    assert '"web-01" - slow...' in text
    assert segments(text).is_gsm


def test_of_a_link_that_is_longer_than_two_parts_nothing_is_cut():
    url = "https://ops.example/" + "x" * 400

    assert sms_text(make_message(make_brief(url=url, actions=()))) == url


@pytest.mark.parametrize("limit", [0, 5, 40, 61])
def test_a_short_text_is_never_longer_than_asked_but_for_its_link(limit):
    text = short_text(make_message(make_brief()), limit=limit)

    assert len(text) <= max(limit, len(LINK))
    assert text.endswith(LINK)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (make_message(event="verification", code="123456"), "123456 is your OpsPortal code"),
        (make_message(event="test"), "Test message from OpsPortal"),
        (
            make_message(make_brief(status="resolved", actions=()), event="incident.resolved"),
            "RESOLVED CRITICAL #1042 High CPU on web-01 (Web Application)",
        ),
        (make_message(make_brief(1), make_brief(2)), "2 incidents, 2 critical: #2 High"),
    ],
)
def test_each_kind_of_message_is_one_part(message, words):
    text = sms_text(message)

    assert text.startswith(words)
    assert segments(text).parts == 1


@pytest.mark.parametrize(
    ("kind", "settings", "asks"),
    [
        ("kannel", {}, False),
        ("http_gateway", {}, False),
        ("sns", {}, False),
        ("vonage", {"signature_secret": ""}, False),
        ("vonage", {"signature_secret": "s3cret"}, True),
        ("plivo", {}, True),
    ],
)
def test_an_answer_is_asked_for_only_where_it_comes_back(kind, settings, asks):
    provider = find_provider("sms", kind)
    sent = []

    class Quiet(type(provider)):
        def send_text(self, config, number, text):
            sent.append(text)

    message = make_message(make_brief())
    Quiet().send({**provider.example, **settings}, {"number": "+4915112345678"}, message)

    assert ("Reply" in sent[0]) == asks
