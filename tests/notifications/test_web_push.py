"""The encryption of RFC 8291, and the proof of RFC 8292, against their own examples."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from notifications import web_push
from notifications.device_name import device_name
from tests.notifications.push_service import Device, claims_of

# RFC 8291, appendix A.
TEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER_PUBLIC = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulc"
    "y4a-fN"
)


def test_the_example_of_the_standard_is_reproduced():
    scalar = int.from_bytes(web_push.decoded(SENDER), "big")

    body = web_push.encrypt(
        TEXT,
        RECEIVER_PUBLIC,
        AUTH,
        ephemeral=ec.derive_private_key(scalar, web_push.CURVE),
        salt=web_push.decoded(SALT),
    )

    assert web_push.encoded(body) == BODY


def test_the_device_reads_it_with_a_library_of_others():
    device = Device("https://push.example/1")
    keys = device.subscription["keys"]

    bodies = [web_push.encrypt(b'{"a": "\xc3\xbc"}', **keys) for _ in range(2)]

    assert [device.read(body) for body in bodies] == [{"a": "ü"}] * 2
    assert bodies[0] != bodies[1]


def test_the_longest_text_makes_one_record():
    body = web_push.encrypt(b"x" * 3993, RECEIVER_PUBLIC, AUTH)

    assert len(body) == web_push.RECORD_BYTES


@pytest.mark.parametrize("key", ["", "AAAA", RECEIVER_PUBLIC[:-4], "not base64!", "ü"])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(ValueError, match=r"."):
        web_push.encrypt(TEXT, key, AUTH)


def test_the_push_service_knows_who_sends_and_for_whom():
    now = datetime.now(UTC).replace(microsecond=0)
    key = ec.generate_private_key(web_push.CURVE)

    header = web_push.authorization(
        "https://push.example:8443/send/abc?d=1", key, contact="mailto:ops@ops.example", now=now
    )

    assert claims_of(header, audience="https://push.example:8443") == {
        "aud": "https://push.example:8443",
        "exp": int((now + timedelta(hours=12)).timestamp()),
        "sub": "mailto:ops@ops.example",
    }


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Linux",
        ),
        ("", "Browser"),
    ],
)
def test_a_device_is_called_what_its_owner_calls_it(user_agent, name):
    assert device_name(user_agent) == name
