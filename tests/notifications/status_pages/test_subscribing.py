"""Visitors subscribe, confirm, are told and unsubscribe."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from notifications.actions.enqueue import dispatch_due
from notifications.choices import ReportState
from notifications.models import Notification, StatusSubscriber
from notifications.status_pages.actions import subscribe
from notifications.status_pages.actions.publish import add_update
from tests.notifications.servers import answer
from tests.notifications.status_pages.pages import make_page, make_report, make_subscriber
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=3)


def post(page, what="subscribe/", **data):
    return Client().post(f"/status/{page.slug}/{what}", data)


def send(wait=timedelta()):
    """What is due after this time is sent."""
    if wait:
        Notification.objects.filter(next_attempt_at__isnull=False).update(
            next_attempt_at=timezone.now()
        )
    dispatch_due(timezone.now() + timedelta(seconds=1))
    return run_tasks()


def link_in(mail, word):
    return re.search(rf"http://localhost:8000(/status/\S+/{word}/\S+/)", mail.body)[1]


def test_a_mail_is_told_nothing_until_its_link_was_confirmed(mail_server):
    page = make_page()

    assert "on its way" in post(page, address="eve@example.com").content.decode()
    send()
    make_report(page, tells=True)
    send(LATER)

    assert [mail.subject for mail in mail_server] == [f"[{page.name}] Confirm your subscription"]
    link = link_in(mail_server[0], "confirm")
    assert Client().get(link).status_code == 200
    assert page.subscribers.confirmed().count() == 0, "what looks at links confirms nothing"
    assert "You are subscribed" in Client().post(link).content.decode()
    assert page.subscribers.confirmed().count() == 1


def test_each_mail_tells_the_update_and_how_to_end_it(mail_server):
    page = make_page()
    make_subscriber(page)

    make_report(page, tells=True)
    send(LATER)

    mail = mail_server[0]
    assert mail.to == ["eve@example.com"]
    assert mail.subject == f"[{page.name}] Payments fail: Investigating"
    assert "We look into it." in mail.body
    link = link_in(mail, "unsubscribe")
    assert mail.extra_headers["List-Unsubscribe"] == f"<http://localhost:8000{link}>"
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "open in the portal" not in mail.alternatives[0][0]

    Client().get(link)
    assert page.subscribers.count() == 1
    assert Client().post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert page.subscribers.count() == 0
    assert Client().get(link).status_code == 410


def test_who_has_unsubscribed_gets_nothing_that_still_waits(mail_server):
    page = make_page()
    row = make_subscriber(page)
    make_report(page, tells=True)

    subscribe.unsubscribe(row)
    send(LATER)

    assert mail_server == []
    assert Notification.objects.get().state == "failed"


def test_updates_within_two_minutes_come_in_one_mail(mail_server):
    page = make_page()
    make_subscriber(page)
    report = make_report(page, tells=True)

    add_update(report.pk, state=ReportState.RESOLVED, body="A cable.", effects={})
    send(LATER)

    assert [mail.subject for mail in mail_server] == [f"[{page.name}] Payments fail: Resolved"]
    assert "A cable." in mail_server[0].body
    assert "We look into it." in mail_server[0].body


def test_without_the_check_box_and_before_the_page_is_published_nobody_is_told():
    page, draft = make_page(), make_page(is_published=False)
    make_subscriber(page)
    make_subscriber(draft)

    make_report(page, tells=False)
    make_report(draft, tells=True)

    assert not Notification.objects.exists()


def test_an_address_is_asked_once_a_day_and_the_answer_tells_nothing():
    page = make_page()
    first = post(page, address="eve@example.com").content

    assert post(page, address="EVE@example.com").content == first
    assert Notification.objects.count() == 1
    make_subscriber(page, "adam@example.com")
    assert post(page, address="adam@example.com").content == first


def test_the_address_stands_nowhere_in_clear():
    page = make_page()
    post(page, address="eve.long@example.com")

    row = page.subscribers.get()
    notification = Notification.objects.get()
    assert (row.address, notification.address) == ("ev…@example.com", "ev…@example.com")
    assert row.config == {"address": "eve.long@example.com"}
    assert "eve.long" not in json.dumps(notification.facts)


def test_one_network_and_one_page_take_only_so_many(monkeypatch):
    page = make_page()
    for number in range(subscribe.MAX_BY_NETWORK):
        subscribe.subscribe_mail(page, f"a{number}@example.com", "192.0.2.7")

    with pytest.raises(subscribe.TooMany):
        subscribe.subscribe_mail(page, "more@example.com", "192.0.2.7")
    subscribe.subscribe_mail(page, "other@example.com", "2001:db8::1")
    monkeypatch.setattr(subscribe, "MAX_BY_PAGE", page.subscribers.count())
    with pytest.raises(subscribe.TooMany):
        subscribe.subscribe_mail(page, "more@example.com", "192.0.2.8")


def test_what_nobody_confirmed_is_forgotten_after_two_days():
    page = make_page()
    post(page, address="eve@example.com")
    StatusSubscriber.objects.update(asked_at=timezone.now() - timedelta(hours=49))

    post(page, address="adam@example.com")

    assert [row.config["address"] for row in page.subscribers.all()] == ["adam@example.com"]


@pytest.mark.parametrize("address", ["", "eve", "eve@example.com\nBcc: all@example.com"])
def test_what_is_no_address_is_refused_at_its_field(address):
    answered = post(make_page(), address=address)

    assert answered.status_code == 422
    assert 'id="id_address_error"' in answered.content.decode()
    assert not StatusSubscriber.objects.exists()


def test_a_link_of_another_page_or_another_purpose_does_nothing(mail_server):
    page, other = make_page(), make_page()
    post(page, address="eve@example.com")
    send()
    link = link_in(mail_server[0], "confirm")

    assert Client().post(link.replace(page.slug, other.slug)).status_code == 410
    assert Client().post(link.replace("/confirm/", "/unsubscribe/")).status_code == 410
    assert page.subscribers.filter(confirmed_at=None).count() == 1


def echo(handler):
    """Answer with the challenge, as a receiver that wants the messages does."""
    answer(handler, body=handler.path.rpartition("challenge=")[2].encode())


@pytest.fixture
def hooked():
    return make_page(takes_webhooks=True)


def test_a_webhook_has_to_answer_with_the_challenge(
    hooked, receiver, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        subscribe.subscribe_webhook(hooked, receiver.url, None)
    run_tasks()
    assert hooked.subscribers.count() == 0, "it answered something else"

    receiver.behave = echo
    with django_capture_on_commit_callbacks(execute=True):
        subscribe.subscribe_webhook(hooked, receiver.url, None)
    run_tasks()

    assert hooked.subscribers.confirmed().count() == 1


def test_a_webhook_is_posted_the_page_and_the_incident(hooked, receiver):
    receiver.behave = echo
    subscribe.subscribe_webhook(hooked, receiver.url, None)
    subscribe.confirm_webhook(hooked.subscribers.get().pk)
    receiver.requests.clear()

    report = make_report(hooked, tells=True)
    send(LATER)

    body = json.loads(receiver.requests[0][2])
    assert body["page"]["status_indicator"] == "major"
    assert body["incident"]["id"] == str(report.pk)
    assert body["incident"]["incident_updates"][0]["status"] == "investigating"
    assert f"/status/{hooked.slug}/unsubscribe/" in body["meta"]["unsubscribe"]


@pytest.mark.parametrize(
    "url", ["http://hooks.example/x", "https://wiki.internal/x", "https://me:pw@hooks.example/x"]
)
def test_strangers_do_not_reach_what_only_administrators_may(hooked, settings, url):
    settings.OUTGOING_ALLOWED_HOSTS = [".internal"]
    settings.OUTGOING_ALLOW_PRIVATE = False

    answered = post(hooked, kind="webhook", url=url)

    assert answered.status_code == 422
    assert not StatusSubscriber.objects.exists()


def test_a_page_that_takes_none_refuses_them():
    answered = post(make_page(), kind="webhook", url="https://hooks.example/x")

    assert answered.status_code == 422
    assert not StatusSubscriber.objects.exists()
