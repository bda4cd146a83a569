import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from integrations.errors import BadSignature
from integrations.signatures import PROVIDERS, Signer, verify

NOW = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
BODY = b'{"state": "down", "raw": "\xc3\xbc"}'
SECRET = "s3cret"
TS = str(int(NOW.timestamp()))


def sign(signed, secret=SECRET):
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


GOOD = [
    ("github", {"X-Hub-Signature-256": "sha256=" + sign(BODY)}),
    ("github", {"x-hub-signature-256": "sha256=" + sign(BODY).upper()}),
    ("bitbucket", {"X-Hub-Signature": "sha256=" + sign(BODY)}),
    ("gitlab", {"X-Gitlab-Token": SECRET}),
    ("sentry", {"Sentry-Hook-Signature": sign(BODY)}),
    ("slack", {"X-Slack-Signature": "v0=" + sign(b"v0:" + TS.encode() + b":" + BODY),
               "X-Slack-Request-Timestamp": TS}),
    ("grafana", {"X-Grafana-Alerting-Signature": sign(BODY)}),
    ("grafana", {"X-Grafana-Signature": sign(BODY)}),
    ("grafana", {"X-Grafana-Alerting-Signature": sign(TS.encode() + b":" + BODY),
                 "X-Grafana-Alerting-Timestamp": TS}),
    ("sentry", {"Sentry-Hook-Signature": "sha256=" + sign(BODY)}),
    ("grafana", {"X-Grafana-Signature": "sha256=" + sign(BODY)}),
    ("generic", {"X-Signature": sign(BODY)}),
    ("generic", {"X-Signature": "sha256=" + sign(BODY)}),
    ("generic", {"X-Webhook-Signature": "sha256=" + sign(BODY)}),
    ("generic", {"X-Signature": "old", "X-Webhook-Signature": sign(BODY)}),
]  # fmt: skip
IDS = [f"{provider}-{'+'.join(headers)}-{i}" for i, (provider, headers) in enumerate(GOOD)]


def refusal_of(provider, headers, secrets=(SECRET,), body=BODY, now=NOW):
    with pytest.raises(BadSignature) as refusal:
        verify(provider, secrets, headers, body, now)
    return str(refusal.value)


@pytest.mark.parametrize(("provider", "headers"), GOOD, ids=IDS)
def test_what_is_signed_with_the_secret_passes_and_nothing_else(provider, headers):
    verify(provider, [SECRET], headers, BODY, NOW)

    assert "does not match" in refusal_of(provider, headers, secrets=["other"])
    if provider != "gitlab":
        assert "does not match" in refusal_of(provider, headers, body=BODY + b" ")


@pytest.mark.parametrize(("provider", "headers"), GOOD, ids=IDS)
def test_any_of_several_secrets_will_do(provider, headers):
    verify(provider, ["new", SECRET], headers, BODY, NOW)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_missing_header_is_named(provider):
    assert refusal_of(provider, {}).endswith("is missing")
    assert PROVIDERS[provider].headers[0] in refusal_of(provider, {})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_secret_nothing_passes(provider):
    headers = {name: sign(BODY, "") for name in PROVIDERS[provider].headers}
    headers |= dict.fromkeys(PROVIDERS[provider].timestamp_headers, TS)

    assert "does not match" in refusal_of(provider, headers, secrets=[])
    assert "does not match" in refusal_of(provider, headers, secrets=[""])


def test_a_header_that_is_no_ascii_is_refused_and_nothing_breaks():
    assert "does not match" in refusal_of("generic", {"X-Signature": "schlüssel\udcff"})
    assert "does not match" in refusal_of("gitlab", {"X-Gitlab-Token": "schlüssel\udcff"})


SLACK = dict(GOOD)["slack"]


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (timedelta(minutes=7), "is 7 minutes old"),
        (timedelta(hours=3), "is 3 hours old"),
        (timedelta(minutes=-6), "is 6 minutes in the future"),
    ],
)
def test_a_signed_message_from_another_time_is_refused(later, told):
    assert told in refusal_of("slack", SLACK, now=NOW + later)


@pytest.mark.parametrize("later", [timedelta(seconds=299), timedelta(seconds=-299), timedelta()])
def test_five_minutes_of_difference_are_allowed(later):
    verify("slack", [SECRET], SLACK, BODY, NOW + later)


def test_a_timestamp_cannot_be_dropped_changed_or_nonsense():
    signature = {"X-Slack-Signature": SLACK["X-Slack-Signature"]}

    assert "X-Slack-Request-Timestamp is missing" in refusal_of("slack", signature)
    newer = signature | {"X-Slack-Request-Timestamp": str(int(TS) + 1)}
    assert "does not match" in refusal_of("slack", newer)
    odd = signature | {"X-Slack-Request-Timestamp": "١٢٣"}
    assert "no time in seconds" in refusal_of("slack", odd)


def test_an_old_grafana_message_stays_old_without_its_timestamp():
    signed = sign(TS.encode() + b":" + BODY)

    assert "does not match" in refusal_of("grafana", {"X-Grafana-Alerting-Signature": signed})


def test_a_signer_can_take_base64_and_another_algorithm():
    signer = Signer(("X-S",), algorithm="sha1", encoding="base64", prefix="v1=")
    # printf body | openssl dgst -sha1 -hmac key -binary | base64
    headers = {"x-s": "v1=cLv2gZ0QN6qUyn5/U3y+ol/kkoM="}

    signer.verify(["key"], headers, b"body", NOW)
    with pytest.raises(BadSignature):
        signer.verify(["key"], headers, b"other", NOW)


def test_an_unknown_provider_is_refused():
    assert "no known way" in refusal_of("nobody", {})
