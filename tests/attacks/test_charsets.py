"""A charset is text that is read in linear time; all others are taken as UTF-8, at every route."""

import encodings
import pkgutil

import pytest

from integrations.decoding.decode import decode
from integrations.decoding.mime_headers import decode_text
from opsportal.lib.charsets import encoding_of
from tests.attacks import cost
from tests.attacks.routes import METHODS
from tests.factories import make_integration
from tests.integrations.posting import event
from tests.rows import each

ODD = [
    *("undefined", "hex", "rot13", "base64", "bz2", "zlib", "uu", "quopri", "idna", "punycode"),
    *("unicode_escape", "raw_unicode_escape", "raw-unicode-escape", "nonsense", "x" * 100, "..."),
]
FILLS = (b"a", b"\xff", b"\x8e\xa1", b"+A", b"a-9")
NAMES = sorted({module.name for module in pkgutil.iter_modules(encodings.__path__)})


@pytest.mark.parametrize("charset", ODD)
def test_what_reads_no_text_is_no_charset(charset):
    assert encoding_of(charset) is None
    assert decode('{"a": "ü"}'.encode(), f"application/json; charset={charset}") == {"a": "ü"}
    assert decode_text("ü".encode(), charset) == "ü"


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UTF-8", "utf_8"),
        ("ISO-8859-15", "iso8859_15"),
        ("windows-1252", "cp1252"),
        ("koi8-u", "koi8_u"),
        ("Shift_JIS", "shift_jis"),
        ("utf-16", "utf_16"),
    ],
)
def test_what_mails_are_written_in_is_known(charset, codec):
    assert encoding_of(charset) == codec


@each("name", [name for name in NAMES if encoding_of(name)])
def test_every_codec_that_may_be_named_is_linear(name):
    for fill in FILLS:

        def make(size, fill=fill):
            return (fill * size)[:size]

        assert (
            cost.growth(make, lambda data: data.decode(name, "replace"), 50_000) < cost.MAX_GROWTH
        )


@pytest.mark.django_db
@each("charset", ["undefined", "hex", "idna", "unicode_escape"])
@each(("method", "url"), METHODS)
def test_no_route_fails_for_a_charset(client, method, url, charset):
    answer = client.generic(
        method, f"{url}?a=b%C3%BC", b'{"a": "\xc3\xbc"}', f"application/json; charset={charset}"
    )

    assert answer.status_code < 500


@pytest.mark.django_db
@each(
    "parameter",
    [
        *("charset*=nonsense''a", "charset*=undefined''a", "a*=hex''41", "charset*=utf-8''hex"),
        *("a*" + "9" * 5000 + "=b", "charset", "charset=", "=;=;=", "charset=a\x00b"),
    ],
)
@each("kind", ["application/json", "multipart/form-data; boundary=b0"])
@each("url", ["/", "/api/events?a=1", "/login/?a=1", "/POSTAlert/x/"])
def test_no_parameter_of_a_media_type_fails(client, url, kind, parameter):
    assert client.generic("POST", url, b"x", f"{kind}; {parameter}").status_code != 500


@pytest.mark.django_db
@each("line", ["a*=nonsense''%41", "charset*=undefined''a", "a*" + "9" * 5000 + "=b", "=;=;="])
@each("name", ["Accept", "Content-Disposition", "Content-Type"])
@each("url", ["/", "/healthz", "/api/v1/incidents/", "/api/events", "/login/"])
def test_no_parameter_of_a_header_fails(client, url, name, line):
    for method in ("GET", "POST"):
        answer = client.generic(method, url, b"{}", headers={name: f"application/json; {line}"})

        assert answer.status_code != 500


@pytest.mark.django_db
@each("line", ["name*=nonsense''%41", "name*=undefined''a", "name*=hex''41", "name*=punycode''a-9"])
@each("url", ["/login/", "/api/v1/incidents/", "/anymail/mailgun/inbound/"])
def test_no_parameter_of_a_part_fails(client, url, line):
    body = f"--b0\r\nContent-Disposition: form-data; {line}\r\n\r\nx\r\n--b0--\r\n".encode()

    answer = client.generic("POST", url, body, "multipart/form-data; boundary=b0")

    assert answer.status_code != 500


@pytest.mark.django_db
@each("charset", ODD)
@each("url", ["/", "/healthz", "/login/?next=%C3%BC", "/api/v1/incidents/?q=1"])
def test_no_page_fails_for_a_charset(client, url, charset):
    media_type = f"application/x-www-form-urlencoded; charset={charset}"

    for method in ("GET", "POST"):
        assert client.generic(method, url, b"a=%C3%BC", media_type).status_code != 500


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["hex", "undefined", "punycode"])
def test_with_its_key_a_message_in_an_odd_charset_is_taken(client, charset):
    integration = make_integration("events-api-v2")

    answer = client.post(
        "/api/events?x=1",
        event(),
        content_type="application/json",
        headers={
            "Authorization": f"Token token={integration.token}",
            "Content-Type": f"application/json; charset={charset}",
        },
    )

    assert answer.status_code == 202
