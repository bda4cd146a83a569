"""Amazon SNS: signed envelopes, subscriptions, and the alarms of CloudWatch in them."""

import base64
import json
from datetime import timedelta

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django_q.models import OrmQ

from integrations import tasks
from integrations.catalog import find
from integrations.models import InboundMessage, Integration
from integrations.setup import security
from opsportal.lib.signatures.sns import CERTIFICATES, is_of_amazon
from tests.factories import make_integration
from tests.integrations.posting import log, post, work
from tests.sns_envelopes import (
    CERTIFICATE,
    HOST,
    KEY,
    PEM,
    TOPIC,
    certificate_of,
    notification,
    subscription,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_fetched_yet():
    CERTIFICATES.forget()


@pytest.fixture
def amazon(outside):
    """The host of SNS, of which its certificate is asked first."""
    outside.answers_with(200, PEM)
    return outside


def send(client, integration, envelope):
    return post(client, integration, envelope, content_type="text/plain; charset=UTF-8")


def make_cloudwatch(**fields):
    return make_integration("aws-cloudwatch", **fields)


def alarm(state):
    return json.loads(find("aws-cloudwatch").sample("open").body["Message"]) | {
        "NewStateValue": state
    }


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_has_signed_is_taken(client, amazon, version):
    answer = send(client, make_cloudwatch(), notification(SignatureVersion=version))

    assert answer.status_code == 202
    assert [request.url for request in amazon.requests] == [CERTIFICATE]


def test_a_message_without_a_subject_is_signed_without_it(client, amazon):
    assert send(client, make_cloudwatch(), notification(Subject=None)).status_code == 202


def test_the_certificate_is_fetched_once(client, amazon):
    integration = make_cloudwatch()

    for _ in range(3):
        assert send(client, integration, notification()).status_code == 202

    assert len(amazon.requests) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "goodbye"},
        {"TopicArn": TOPIC + "2"},
        {"Signature": base64.b64encode(b"x" * 256).decode()},
        {"SignatureVersion": "2"},
    ],
)
def test_what_was_changed_on_the_way_is_401(client, amazon, change):
    answer = send(client, make_cloudwatch(), notification() | change)

    assert answer.status_code == 401
    assert log() == ["Rejected"]
    assert "the Signature does not match" in InboundMessage.objects.get().reason


def test_what_somebody_else_has_signed_is_401(client, amazon):
    other = rsa.generate_private_key(65537, 2048)

    assert send(client, make_cloudwatch(), notification(key=other)).status_code == 401


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SignatureVersion": "3"}, "SignatureVersion “3” is unknown"),
        ({"Signature": "%%%"}, "is no base64"),
        ({"SigningCertURL": None}, "no host of Amazon SNS"),
        ({"Type": "Surprise"}, "it is no message of SNS"),
    ],
)
def test_what_is_no_envelope_of_sns_is_401_and_nothing_is_fetched(client, outside, change, said):
    answer = send(client, make_cloudwatch(), notification() | change)

    assert answer.status_code == 401
    assert said in InboundMessage.objects.get().reason
    assert outside.requests == []


def test_raw_delivery_says_what_to_switch_off(client):
    send(client, make_cloudwatch(), alarm("ALARM"))

    assert "turn raw message delivery off" in InboundMessage.objects.get().reason


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/x.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com",
        "https://sns.eu-central-1.amazonaws.com@evil.example/x.pem",
        "https://evil.example\\@sns.eu-central-1.amazonaws.com/x.pem",
        "https://sns.eu-central-1.amazonaws.com:8443/x.pem",
        "https://bucket.s3.amazonaws.com/x.pem",
        "https://sns.evil.eu-central-1.amazonaws.com/x.pem",
        "https://snsXeu-central-1.amazonaws.com/x.pem",
        "https://169.254.169.254/x.pem",
        "https://[::1/x.pem",
        "file:///etc/passwd",
        "",
        7,
    ],
)
def test_a_certificate_from_elsewhere_is_never_fetched(client, outside, url):
    answer = send(client, make_cloudwatch(), notification() | {"SigningCertURL": url})

    assert answer.status_code == 401
    assert outside.requests == []
    assert not is_of_amazon(url)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "ap-southeast-2"])
def test_every_region_is_amazons(region):
    assert is_of_amazon(f"https://sns.{region}.amazonaws.com/x.pem")
    assert is_of_amazon("https://sns.cn-north-1.amazonaws.com.cn/x.pem")


def test_a_certificate_that_has_ended_proves_nothing(client, outside):
    outside.answers_with(200, certificate_of(KEY, ended=True))

    assert send(client, make_cloudwatch(), notification()).status_code == 401
    assert "is not valid today" in InboundMessage.objects.get().reason


def test_a_certificate_of_another_kind_proves_nothing(client, outside):
    outside.answers_with(200, certificate_of(ec.generate_private_key(ec.SECP256R1())))

    assert send(client, make_cloudwatch(), notification()).status_code == 401


@pytest.mark.parametrize("fault", ["down", "500", "no certificate"])
def test_without_the_certificate_amazon_is_asked_to_come_again(client, outside, fault):
    if fault == "down":
        outside.fails_with(requests.ConnectionError("refused"))
    else:
        outside.answers_with(500 if fault == "500" else 200, b"<html>")
    integration = make_cloudwatch()

    first, second = [send(client, integration, notification()) for _ in range(2)]

    assert (first.status_code, first.json()["code"]) == (503, "unavailable")
    assert first["Retry-After"]
    assert second.status_code == 503
    assert len(outside.requests) == 1  # A flood of messages is no flood of fetches.
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize(
    ("age", "status"),
    [(timedelta(minutes=59), 202), (timedelta(minutes=70), 401), (timedelta(minutes=-70), 401)],
)
def test_an_hour_of_repeats_is_taken_and_nothing_older(client, amazon, age, status):
    assert send(client, make_cloudwatch(), notification(age=age)).status_code == status


def test_only_the_topic_that_was_named_may_send(client, amazon):
    integration = make_cloudwatch()
    security.change_signature(integration.pk, "sns", TOPIC)

    own = send(client, integration, notification())
    foreign = send(client, integration, notification(TopicArn=TOPIC + "-of-somebody"))

    assert (own.status_code, foreign.status_code) == (202, 401)
    assert "is not the one that may send" in InboundMessage.objects.latest("pk").reason


# Subscriptions.


def run_tasks():
    """What a worker would do now."""
    for row in OrmQ.objects.order_by("pk"):
        task = row.task
        assert task["func"] == "integrations.tasks.confirm_subscription"
        tasks.confirm_subscription(*task["args"])
        row.delete()


def test_a_subscription_is_confirmed_at_its_address_and_the_log_says_so(client, amazon):
    integration = make_cloudwatch()

    answer = send(client, integration, subscription())
    waiting = InboundMessage.objects.get().reason
    amazon.answers_with(200, b"<ConfirmSubscriptionResponse/>")
    run_tasks()

    assert answer.status_code == 202
    assert waiting == f"The subscription to {TOPIC} is being confirmed"
    assert amazon.requests[-1].url == f"{HOST}/?Action=ConfirmSubscription&Token=t"
    assert InboundMessage.objects.get().reason == f"Subscription confirmed: {TOPIC}"
    assert log() == ["Mapped Ignored"]
    assert work() == 0


def test_a_subscription_that_cannot_be_confirmed_says_what_to_do(client, amazon):
    send(client, make_cloudwatch(), subscription())
    amazon.answers_with(403, b"no")
    amazon.fails_with(requests.ConnectionError("refused"))

    run_tasks()

    message = InboundMessage.objects.get()
    assert message.get_status_display() == "Mapping Failed"
    assert message.reason.startswith("Subscription not confirmed: ")
    assert "Request the confirmation again in AWS" in message.reason


def test_nobody_can_make_us_call_another_host(client, amazon):
    send(client, make_cloudwatch(), subscription(SubscribeURL="https://evil.example/"))

    run_tasks()

    assert [request.url for request in amazon.requests] == [CERTIFICATE]
    assert "leads to no host of Amazon" in InboundMessage.objects.get().reason


def test_a_subscription_that_is_not_signed_is_not_confirmed(client, amazon):
    answer = send(client, make_cloudwatch(), subscription() | {"Token": "another"})

    assert answer.status_code == 401
    assert not OrmQ.objects.exists()


def test_the_end_of_a_subscription_is_noted(client, amazon):
    send(client, make_cloudwatch(), subscription("UnsubscribeConfirmation"))

    assert InboundMessage.objects.get().reason == f"The subscription to {TOPIC} was ended"
    assert not OrmQ.objects.exists()


# What it is all for.


def test_an_alarm_opens_and_its_end_closes_it(client, amazon):
    integration = make_cloudwatch()

    for state in ("ALARM", "INSUFFICIENT_DATA", "OK"):
        send(client, integration, notification(alarm(state)))
    work()

    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"]


def test_missing_data_alone_opens_and_resolves_nothing(client, amazon):
    integration = make_cloudwatch()

    send(client, integration, notification(alarm("INSUFFICIENT_DATA")))
    work()

    assert log() == ["Mapped (opened)"]


def test_a_test_message_of_the_console_is_harmless(client, amazon):
    send(client, make_cloudwatch(), notification("This is a test"))
    work()

    assert log() == ["Mapped Ignored"]


def test_an_integration_for_cloudwatch_is_signed_from_the_start_and_can_be_opened(client):
    integration = make_cloudwatch()
    refused = send(client, integration, alarm("ALARM"))

    security.change_signature(integration.pk, "", "")

    assert refused.status_code == 401
    assert not Integration.objects.get().is_signed
    assert send(client, integration, alarm("ALARM")).status_code == 202
