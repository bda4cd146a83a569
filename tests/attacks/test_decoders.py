"""Every decoder of what strangers send takes a time that grows with the length, or has a bound."""

import gzip

import pytest

from integrations.decoding import html_text, mime
from integrations.decoding.decode import decode
from integrations.dialects.alertmanager import matchers
from integrations.endpoints.body_keys import keys_in
from integrations.errors import UnreadableBody
from integrations.inbound.redaction import redact_text
from integrations.inbound.request import BadEncoding, TooLarge, decompress
from integrations.mail.trimming import fit
from integrations.pages.log.highlight import highlight
from tests.attacks import cost, poison

SIZE = 60_000
MAX_TIMES = 60  # of the size of a body: a list of small objects in memory
KEYS = ("routing_key", "token", "key")


@pytest.mark.parametrize("name", sorted(poison.BODIES))
def test_a_body_is_decoded_in_a_time_that_grows_with_its_length(name):
    media_type, make = poison.BODIES[name]

    assert cost.growth(make, lambda body: decode(body, media_type), SIZE) < cost.MAX_GROWTH
    assert cost.peak_bytes(lambda: decode(make(SIZE), media_type)) < MAX_TIMES * SIZE


@pytest.mark.parametrize("name", sorted(poison.MAILS))
def test_a_mail_is_read_in_a_time_that_grows_with_its_length(name):
    assert cost.growth(poison.MAILS[name], mime.parse, SIZE) < cost.MAX_GROWTH


@pytest.mark.parametrize("name", sorted(poison.MAILS))
def test_a_mail_is_cut_in_a_time_that_grows_with_its_length(name):
    assert cost.growth(poison.MAILS[name], lambda raw: fit(raw, SIZE // 2), SIZE) < cost.MAX_GROWTH


@pytest.mark.parametrize("name", sorted(poison.MAILS))
def test_every_mail_is_read_and_never_an_error(name):
    assert isinstance(mime.parse(poison.MAILS[name](200_000)), dict)


@pytest.mark.parametrize("name", sorted(poison.BODIES))
def test_keys_are_found_in_a_time_that_grows_with_the_length(name):
    make = poison.BODIES[name][1]

    assert cost.growth(make, lambda body: keys_in(body, KEYS), SIZE) < cost.MAX_GROWTH


@pytest.mark.parametrize("read", [redact_text, highlight, html_text.text_of, html_text.unescape])
@pytest.mark.parametrize("name", sorted(poison.TEXTS))
def test_a_text_is_searched_in_a_time_that_grows_with_its_length(read, name):
    assert cost.growth(poison.TEXTS[name], read, SIZE) < cost.MAX_GROWTH


@pytest.mark.parametrize("end", ["", "{", '"', "x=1"])
def test_a_filter_is_read_in_a_time_that_grows_with_its_length(end):
    def make(size):
        return "a=" + " " * size + end

    assert cost.growth(make, lambda text: matchers.parse([text]), SIZE // 4) < cost.MAX_GROWTH


def test_a_bomb_is_unpacked_up_to_the_limit_and_no_further():
    bomb = gzip.compress(b"0" * 50_000_000)

    def unpack():
        return decompress(bomb, "gzip", SIZE)

    with pytest.raises(TooLarge):
        unpack()
    assert cost.peak_bytes(unpack) < 10 * SIZE


def test_a_packed_body_that_is_broken_is_refused():
    with pytest.raises(BadEncoding):
        decompress(b"x" * SIZE, "gzip", SIZE)


@pytest.mark.parametrize(
    ("media_type", "body", "bound"),
    [
        (poison.MULTIPART, b"--b0\r\n" * 1002, "more than 1000 parts"),
        (poison.MULTIPART, poison.nested_multipart(SIZE), "parts of parts are text"),
        ("multipart/form-data; boundary=" + "b" * 201, b"x", "more than 200 characters"),
        (poison.JSON, b"[" * SIZE, "more than 100 levels"),
        (poison.JSON, b'["\\ud800",' + b"[" * SIZE, "more than 100 levels"),
        ("application/x-ndjson", b"{}\n" * 10_001, "more than 10000 lines"),
        (poison.FORM, b"a=1&" * 10_002, "more than 10000 fields"),
        ("text/xml", b"<a>" * 101, "more than 100 levels"),
        ("text/xml", b"<a>" + b"<b/>" * 100_000, "more than 100000 elements"),
        ("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
    ],
)
def test_what_is_past_a_bound_is_told_which(media_type, body, bound):
    with pytest.raises(UnreadableBody, match=bound):
        decode(body, media_type)


def test_the_fields_beside_nested_parts_are_read():
    body = (
        b'--b0\r\nContent-Disposition: form-data; name="data"\r\n\r\n{}\r\n'
        b"--b0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nx\r\n--b1--\r\n"
        b"--b0--\r\n"
    )

    assert decode(body, poison.MULTIPART) == {"data": "{}"}
