import time

import pytest

from integrations.decoding.decode import MAX_DEPTH, decode
from integrations.decoding.json_repair import repaired
from integrations.errors import UnreadableBody

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=XX"


@pytest.mark.parametrize(
    ("body", "content_type", "tree"),
    [
        (b'{"a": [1, true, null]}', JSON, {"a": [1, True, None]}),
        (b'{"a": 1}', "", {"a": 1}),
        (b'{"a": 1}', "text/plain; charset=utf-8", {"a": 1}),
        (b'{"a": 1}', FORM, {"a": 1}),
        (b"\xef\xbb\xbf{}", JSON, {}),
        ('{"a": "ü"}'.encode("utf-16"), JSON, {"a": "ü"}),
        ('{"a": "ü"}'.encode("latin-1"), "application/json; charset=ISO-8859-1", {"a": "ü"}),
        ('{"a": "ü"}'.encode("latin-1"), JSON, {"a": "\ufffd"}),
        (b'{"a": "line\nbreak\ttab"}', JSON, {"a": "line\nbreak\ttab"}),
        (b'{"a": "a\r\nb\x01c\x1b[0m\x7f"}', JSON, {"a": "a\r\nb\x01c\x1b[0m\x7f"}),
        ('{"a": "\u2028\x85"}'.encode(), "text/json", {"a": "\u2028\x85"}),
        (b'["\\u0000"]', JSON, ["\x00"]),
        (b'["\\ud800"]', JSON, ["\ufffd"]),
        (b'{"\\ud800": 1}', JSON, {"\ufffd": 1}),
        (b'["\\ud83d\\ude00", 12345678901234567890123]', JSON, ["😀", 12345678901234567890123]),
        (b"[]", JSON, []),
        (b'"text"', JSON, "text"),
        (b'{"a": 1, "a": 2}', JSON, {"a": 2}),
        (b"a=1&b=x+y%21&a=2&c=", FORM, {"a": ["1", "2"], "b": "x y!", "c": ""}),
        (b'payload={"a":1}', FORM, {"payload": '{"a":1}'}),
    ],
)
def test_a_body_is_read_whatever_it_is_called(body, content_type, tree):
    assert decode(body, content_type) == tree


def test_a_multipart_form_is_read():
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"a":1}\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\xc3\xbc'
        b"\r\n--XX--\r\n"
    )

    assert decode(body, MULTIPART) == {"data": '{"a":1}', "f": "ü"}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"18446744073709551615", 18446744073709551615),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"1e999", "1e999"),
        (b"-0.1e-5", -0.000001),
        (b"9" * 5000, "9" * 5000),
    ],
)
def test_a_number_of_any_size_keeps_its_digits(body, value):
    assert decode(b'{"n": ' + body + b"}", JSON) == {"n": value}


def test_an_empty_body_is_fine_where_the_query_is_the_message():
    assert decode(b"", "", {"alertType": "1"}) == {}


@pytest.mark.parametrize(
    ("body", "content_type", "told"),
    [
        (b"", JSON, "the body is empty"),
        (b"  \n", JSON, "the body is empty"),
        (b'{"a" 1}', JSON, "line 1, column 6"),
        (b'{"a": 1,\n "b": x}', JSON, "line 2, column 7"),
        (b'{"a": ', JSON, "at the end of the body"),
        (b"hello there", "text/plain", "neither JSON nor a form"),
        (b"<xml", "application/xml", "the XML is broken at line 1"),
        (bytes(range(64)), JSON, "no text: it begins with the bytes 00 01 02 03 04 05 06 07"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png", "no text: it begins with the bytes 89 50"),
        (b"no parts", MULTIPART, "the multipart form has no parts"),
        (b"x", "multipart/form-data", "the multipart form has no parts"),
        (b"&".join([b"a=1"] * 10_001), FORM, "more than 10000 fields"),
        (b"[" * 200_000, JSON, "more than 100 levels"),
        (b"[" * 2_000 + b"]" * 2_000, JSON, "more than 100 levels"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, JSON, "more than 100 levels"),
        (b'["\\ud800",' + b"[" * 5_000 + b"]" * 5_000 + b"]", JSON, "more than 100 levels"),
    ],
)
def test_what_cannot_be_read_says_what_is_wrong_and_where(body, content_type, told):
    with pytest.raises(UnreadableBody) as refusal:
        decode(body, content_type)

    assert told in str(refusal.value)


def test_the_deepest_nesting_that_is_allowed_is_read():
    decode(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, JSON)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"value": NaN}', None),
        ('{"value": Infinity}', None),
        ('{"value": -Infinity}', None),
        ('{"value": nan}', None),
        ('{"value": -inf}', None),
        ('{"value": undefined}', None),
        ('{"value": None}', None),
        ('{"value": True}', True),
        ('{"value": "NaN, None, -inf,]"}', "NaN, None, -inf,]"),
        ('{"value": 1,}', 1),
        ('{"value": [1, 2, ] , }', [1, 2]),
        ('{"value": "it\\\'s down"}', "it's down"),
        ('{"value": "C:\\dir\\users", }', "C:\\dir\\users"),
        ('{"value": "\\u00e4 \\d"}', "ä \\d"),
        ('{"value": "said \\"NaN\\"", "more": NaN}', 'said "NaN"'),
    ],
)
def test_what_senders_write_although_json_forbids_it_is_read(text, value):
    assert decode(text.encode())["value"] == value


@pytest.mark.parametrize("text", ["none", "nan,", '{"a": "open', "{a: 1}", '{"a": bare}'])
def test_what_is_no_json_with_a_mistake_stays_unreadable(text):
    with pytest.raises(UnreadableBody):
        decode(text.encode())


@pytest.mark.parametrize("piece", ['\\"', '"', "a", ",", ", ", "\\", "nan ", "-"])
def test_mending_takes_time_in_proportion_to_the_text(piece):
    def seconds(count):
        began_at = time.process_time()
        repaired("{" + piece * count)
        return time.process_time() - began_at

    assert seconds(200_000) < 2.0
    assert seconds(200_000) < 60 * max(seconds(10_000), 0.002)
