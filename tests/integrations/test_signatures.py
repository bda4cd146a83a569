"""Each provider's signature, by vectors of its documents and by proofs computed in the tests."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from integrations.signatures import CUSTOM, PROVIDERS, verify
from integrations.signatures.custom import problems_of
from opsportal.lib.signatures.errors import BadSignature
from tests.integrations.signing import (
    FORM,
    SECRET,
    SENDERS,
    TIMED,
    TOKENS,
    URL,
    b64,
    hexed,
    secret_for,
)
from tests.rows import each

NOW = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
TS = int(NOW.timestamp())
BODY = b'{"state": "down", "raw": "\xc3\xbc"}'
SIGNING = [name for name in SENDERS if name not in TOKENS]
PLAIN = [n for n in SIGNING if n not in (*TIMED, "netlify", "disruptive-technologies", "twilio")]


def body_for(provider):
    return FORM if provider == "twilio" else BODY


def headers_of(provider, *, secret=None, body=None, at=TS):
    body = body_for(provider) if body is None else body
    return SENDERS[provider](secret or secret_for(provider), body, at)


def check(provider, headers, secrets=None, *, body=None, now=NOW, **options):
    options.setdefault("url", URL)
    content_type = "application/x-www-form-urlencoded" if provider == "twilio" else ""
    options.setdefault("content_type", content_type)
    body = body_for(provider) if body is None else body
    secrets = [secret_for(provider)] if secrets is None else secrets
    verify(provider, secrets, headers, body, now, **options)


def refusal_of(*args, **options):
    with pytest.raises(BadSignature) as refusal:
        check(*args, **options)
    return str(refusal.value)


def test_every_provider_that_takes_a_secret_has_a_sender_here():
    by_header = (name for name, known in PROVIDERS.items() if known.headers)
    assert set(SENDERS) == {name for name in by_header if PROVIDERS[name].needs_secret}


@each("provider", SENDERS)
def test_what_is_signed_with_the_secret_passes_and_nothing_else(provider):
    headers = headers_of(provider)
    other = "whsec_b3RoZXI=" if provider == "standard-webhooks" else "b3RoZXI="

    check(provider, headers)

    assert "does not match" in refusal_of(provider, headers, [other])


@each("provider", SIGNING)
def test_a_signature_holds_for_one_body_alone(provider):
    headers = headers_of(provider)

    said = refusal_of(provider, headers, body=body_for(provider) + b"&z=1")

    assert "does not match" in said or "another body" in said


@each("provider", SENDERS)
def test_any_of_several_secrets_will_do(provider):
    check(provider, headers_of(provider), ["b3RoZXI=", secret_for(provider)])


@each("provider", SENDERS)
def test_a_missing_header_is_named(provider):
    said = refusal_of(provider, {})

    assert said.endswith("is missing")
    assert PROVIDERS[provider].headers[0] in said


@each("secrets", [[], [""], ["", ""]])
@each("provider", SENDERS)
def test_without_a_secret_nothing_passes(provider, secrets):
    empty = {name: value or " " for name, value in SENDERS[provider]("", BODY, TS).items()}

    assert refusal_of(provider, empty, secrets, body=BODY)


@each("provider", SENDERS)
@each("junk", ["schlüssel\udcff", "x", "=,=|", "a.b.c", "t=1,v1=2", "v1,"])
def test_junk_in_a_header_is_refused_and_nothing_breaks(provider, junk):
    assert refusal_of(provider, dict.fromkeys(headers_of(provider), junk))


@each("provider", PLAIN)
def test_names_of_headers_may_be_in_any_case(provider):
    check(provider, {name.upper(): value for name, value in headers_of(provider).items()})


# What vendors publish.


def test_the_example_of_github_passes():
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    verify(
        "github",
        ["It's a Secret to Everybody"],
        {"X-Hub-Signature-256": signature},
        b"Hello, World!",
        NOW,
    )


def test_the_example_of_slack_passes():
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    then = datetime.fromtimestamp(1531420618, UTC)

    verify("slack", ["8f742231b10e8888abcd99yyyzzz85a5"], headers, body, then)


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_the_example_of_standard_webhooks_passes(family):
    headers = {
        f"{family}-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        f"{family}-timestamp": "1614265330",
        f"{family}-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    then = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    verify("standard-webhooks", [secret], headers, b'{"test": 2432232314}', then)


def test_the_example_of_twilio_passes():
    body = (
        b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"
        b"&From=%2B14158675309&To=%2B18005551212"
    )
    headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}

    verify(
        "twilio",
        ["12345"],
        headers,
        body,
        NOW,
        url="https://mycompany.com/myapp.php?foo=1&bar=2",
        content_type="application/x-www-form-urlencoded",
    )


# Times.


@pytest.mark.parametrize("provider", TIMED)
@pytest.mark.parametrize(
    ("later", "told"),
    [
        (timedelta(minutes=7), "is 7 minutes old"),
        (timedelta(hours=3), "is 3 hours old"),
        (timedelta(minutes=-6), "is 6 minutes in the future"),
    ],
)
def test_a_signed_message_from_another_time_is_refused(provider, later, told):
    assert told in refusal_of(provider, headers_of(provider), now=NOW + later)


@pytest.mark.parametrize("later", [timedelta(seconds=299), timedelta(seconds=-299), timedelta()])
@pytest.mark.parametrize("provider", TIMED)
def test_five_minutes_of_difference_are_allowed(provider, later):
    check(provider, headers_of(provider), now=NOW + later)


@pytest.mark.parametrize("provider", TIMED)
def test_a_timestamp_cannot_be_changed(provider):
    headers = headers_of(provider)
    newer = headers_of(provider, at=TS + 1)
    changed = {name: newer[name] if "timestamp" in name.lower() else headers[name]
               for name in headers}  # fmt: skip
    if len(headers) == 1:  # It stands beside the signature.
        name, value = headers.popitem()
        changed = {name: value.replace(str(TS), str(TS + 1))}

    assert "does not match" in refusal_of(provider, changed)


@pytest.mark.parametrize("provider", TIMED)
def test_a_timestamp_cannot_be_dropped(provider):
    headers = headers_of(provider)
    kept = {name: value for name, value in headers.items() if "timestamp" not in name.lower()}
    if len(headers) == 1:
        name, value = headers.popitem()
        kept = {name: value.replace(f"t={TS},", "").replace(f"timestamp={TS},", "")
                .replace(f"{TS}|", "")}  # fmt: skip

    said = refusal_of(provider, kept)

    assert "timestamp" in said.lower() or provider == "grafana"


def test_a_timestamp_that_is_no_time_is_refused():
    headers = headers_of("slack") | {"X-Slack-Request-Timestamp": "١٢٣"}

    assert "is no timestamp" in refusal_of("slack", headers)


def test_an_old_message_of_linear_is_known_by_what_stands_in_it():
    body = b'{"action": "create", "webhookTimestamp": %d}' % (TS * 1000)
    headers = headers_of("linear", body=body)

    check("linear", headers, body=body)

    assert "old" in refusal_of("linear", headers, body=body, now=NOW + timedelta(minutes=9))


def test_a_signature_that_ends_is_refused_afterwards():
    headers = headers_of("disruptive-technologies")

    said = refusal_of("disruptive-technologies", headers, now=NOW + timedelta(minutes=2))

    assert "has expired" in said


def test_a_json_web_signature_without_a_signature_is_refused():
    head, claims, _ = headers_of("netlify")["X-Webhook-Signature"].split(".")
    none = "eyJhbGciOiJub25lIn0"

    assert "HS256" in refusal_of("netlify", {"X-Webhook-Signature": f"{none}.{claims}."})
    assert "match" in refusal_of("netlify", {"X-Webhook-Signature": f"{head}.{claims}."})


# What is odd about some.


def test_twilio_signs_another_url_for_another_integration():
    headers = headers_of("twilio")

    assert "does not match" in refusal_of("twilio", headers, url=URL.replace("token", "other"))


def test_json_of_twilio_is_bound_by_its_digest_in_the_url():
    url = f"{URL}&bodySHA256={sha256(BODY).hexdigest()}"
    headers = {"X-Twilio-Signature": b64(SECRET, url, algorithm="sha1")}

    check("twilio", headers, body=BODY, url=url, content_type="application/json")

    assert "bodySHA256" in refusal_of(
        "twilio", headers, body=b"{}", url=url, content_type="application/json"
    )
    bare = {"X-Twilio-Signature": b64(SECRET, URL, algorithm="sha1")}
    assert "bodySHA256" in refusal_of("twilio", bare, body=BODY, content_type="application/json")


def test_grafana_may_sign_without_a_timestamp():
    check("grafana", {"X-Grafana-Signature": "sha256=" + hexed(SECRET, BODY)})


@pytest.mark.parametrize("provider", ["bitbucket", "generic", "github", "sentry"])
def test_the_name_of_the_algorithm_may_be_there_or_not(provider):
    name = PROVIDERS[provider].headers[0]

    for prefix in ("sha256=", ""):
        check(provider, {name: prefix + hexed(SECRET, BODY)})


def test_of_two_headers_either_will_do():
    check("generic", {"X-Signature": "old", "X-Webhook-Signature": hexed(SECRET, BODY)})


def test_an_unknown_provider_is_refused():
    assert "no known way" in refusal_of("nobody", {}, [SECRET], body=BODY)


# Described by an admin.


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"header": "X-Mine"}, {"X-Mine": hexed(SECRET, BODY)}),
        ({"header": "X-Mine", "prefix": "v9="}, {"X-Mine": "v9=" + hexed(SECRET, BODY)}),
        (
            {"header": "X-Mine", "algorithm": "sha512"},
            {"X-Mine": hexed(SECRET, BODY, algorithm="sha512")},
        ),
        (
            {"header": "Authorization", "algorithm": "token", "prefix": "Secret "},
            {"Authorization": f"Secret {SECRET}"},
        ),
        (
            {"header": "X-M", "signed": "{timestamp}+{body}", "timestamp_header": "X-T"},
            {"X-M": hexed(SECRET, f"{TS}+", BODY), "X-T": f"{TS}"},
        ),
        ({"header": "X-M", "signed": "{url}{body}"}, {"X-M": hexed(SECRET, URL, BODY)}),
    ],
)
def test_a_way_to_sign_can_be_described(form, headers):
    check(CUSTOM, headers, [SECRET], form=form, body=BODY)

    assert "does not match" in refusal_of(CUSTOM, headers, ["other"], form=form, body=BODY)


def test_how_old_a_message_may_be_can_be_described():
    form = {"header": "X-M", "signed": "{timestamp}{body}", "timestamp_header": "X-T",
            "tolerance": 30}  # fmt: skip
    headers = {"X-M": hexed(SECRET, f"{TS}", BODY), "X-T": f"{TS}"}
    later = NOW + timedelta(seconds=31)

    assert "31 seconds old" in refusal_of(
        CUSTOM, headers, [SECRET], form=form, body=BODY, now=later
    )


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({}, "header"),
        ({"header": "no header"}, "header"),
        ({"header": "X-M", "algorithm": "md5"}, "algorithm"),
        ({"header": "X-M", "encoding": "rot13"}, "encoding"),
        ({"header": "X-M", "signed": "{timestamp}", "timestamp_header": "X-T"}, "signed"),
        ({"header": "X-M", "signed": "{body}{nonce}"}, "signed"),
        ({"header": "X-M", "signed": "{timestamp}{body}"}, "timestamp_header"),
        ({"header": "X-M", "timestamp_header": "X-T"}, "signed"),
        ({"header": "X-M", "tolerance": 0}, "tolerance"),
        ({"header": "X-M", "tolerance": True}, "tolerance"),
        ({"header": "X-M", "tolerance": "5"}, "tolerance"),
        ({"header": 7}, "header"),
        ({"haeder": "X-M"}, "haeder"),
    ],
)
def test_what_cannot_work_is_named_and_lets_nothing_in(form, place):
    assert place in [key for key, _ in problems_of(form)]
    assert "no known way" in refusal_of(CUSTOM, {}, [SECRET], form=form, body=BODY)
