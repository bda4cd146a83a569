"""What the portal makes of a server's answer to a POST."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from notifications.channels._base import WebAddressField, fields_of, post
from opsportal.lib.net.errors import DeliveryError

URL = "https://hooks.example/t0ken"


def refusal_of(outside, status, body=None, **headers):
    outside.answers_with(status, body, headers)
    with pytest.raises(DeliveryError) as failure:
        post(URL)
    return failure.value


def test_the_server_may_ask_to_be_left_alone_for_some_seconds(outside):
    assert refusal_of(outside, 429, **{"Retry-After": "17"}).retry_after == 17


def test_the_server_may_ask_to_be_left_alone_until_a_time(outside):
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)

    assert 50 < refusal_of(outside, 503, **{"Retry-After": at}).retry_after <= 60


@pytest.mark.parametrize("value", ["", "soon", "-5", "Wed, 99 Foo"])
def test_a_wish_that_makes_no_sense_is_none(outside, value):
    assert refusal_of(outside, 429, **{"Retry-After": value}).retry_after is None


def test_the_words_of_the_server_are_quoted_in_one_short_line(outside):
    body = b"no such\r\nhook\x00 " + b"x" * 1000

    sentence = str(refusal_of(outside, 404, body))

    assert sentence.startswith("hooks.example answered 404: no such hook xxx")
    assert len(sentence) < 250
    assert "t0ken" not in sentence


def test_a_page_of_html_is_not_quoted(outside):
    failure = refusal_of(outside, 502, b"<html>", **{"Content-Type": "text/html; charset=utf-8"})

    assert str(failure) == "hooks.example answered 502"


@pytest.mark.parametrize("body", [b"", b"ok", b"[1]", b"\xff\xfe"])
def test_an_answer_without_a_json_object_has_no_fields(outside, body):
    outside.answers_with(200, body)

    assert fields_of(post(URL)) == {}


@pytest.mark.parametrize(
    "url", ["https://hooks.example/x?y=1", "http://chat:8065/hooks/1", "http://[fd00::1]:80/"]
)
def test_a_web_address_may_be_one_of_the_local_network(url):
    assert WebAddressField().clean(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "chat/hook",
        "ftp://a.example",
        "javascript:alert(1)",
        "https://",
        "http://a b/",
        "http://a:x/",
    ],
)
def test_what_is_no_web_address_is_refused_with_a_mend(url):
    with pytest.raises(Exception, match="Enter a URL that begins with https:// or http://"):
        WebAddressField().clean(url)
