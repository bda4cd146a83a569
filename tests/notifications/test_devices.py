"""A browser becomes a contact method, says what it showed, and is not used once it has ended."""

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from incidents.actions import respond
from notifications.actions import deliver as notification_deliver
from notifications.actions import page as notification_page
from notifications.actions import receipts, record, updates
from notifications.models import ContactMethod, Notification
from notifications.page import Page
from notifications.receipts import Accepted
from opsportal.lib.net.errors import DeliveryError
from opsportal.web import service_worker
from tests.factories import make_incident, make_method, make_rule
from tests.notifications.push_service import Device
from tests.notifications.servers import answer
from tests.pages import browser, make_person, words
from tests.tasks import run_tasks

STATIC = Path(__file__).parents[2] / "static"
pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36"
JSON = "application/json"


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana Ferreira")


@pytest.fixture
def device(receiver):
    receiver.behave = lambda handler: answer(handler, 201, b"")
    return Device(f"http://127.0.0.1:{receiver.server_port}/send/1")


def register(person, subscription, **headers):
    headers = {"HTTP_USER_AGENT": PHONE, **headers}
    return browser(person).post("/me/devices/", subscription, content_type=JSON, **headers)


def verified(person, device):
    return make_method(person, "push", {**device.config, "device": "Chrome on Android"})


def pushes(receiver, device):
    run_tasks()
    return [device.read(body) for _, _, body in receiver.requests]


def path_of(url):
    return "/" + url.partition("//")[2].partition("/")[2]


def page_for(person, incident=None, key="run:1"):
    incident = incident or make_incident()
    notification_page.page(
        [Page(incident.pk, key, "because", urgent=True, user_id=person.pk)], now=timezone.now()
    )
    return person.notifications.get(page_key=key, channel="push")


def test_a_device_registers_itself_and_is_verified_by_the_tap_on_its_first_push(
    ana, device, receiver
):
    answered = register(ana, device.subscription)
    method = ana.contact_methods.get(channel="push")
    before = (str(method), method.is_verified)
    [push] = pushes(receiver, device)

    tapped = Client().post(path_of(push["tapped"]))

    method.refresh_from_db()
    assert (answered.status_code, answered.json()["id"]) == (201, method.pk)
    assert before == ("Chrome on Android", False)
    assert (tapped.status_code, method.is_verified) == (204, True)
    assert Notification.objects.get(event="verification").state == "delivered"


def test_what_was_only_shown_verifies_nothing(ana, device, receiver):
    register(ana, device.subscription)
    [push] = pushes(receiver, device)

    Client().post(path_of(push["seen"]))
    forged = Client().post(path_of(push["seen"]).replace("/seen/", "/tapped/"))

    assert forged.status_code == 404
    assert not ana.contact_methods.get(channel="push").is_verified
    assert Notification.objects.get(event="verification").state == "delivered"


@pytest.mark.parametrize("age", [16, None])
def test_a_tap_on_an_old_message_verifies_nothing(ana, device, receiver, age):
    register(ana, device.subscription)
    [push] = pushes(receiver, device)
    method = ana.contact_methods.get(channel="push")
    sent_at = timezone.now() + timedelta(seconds=5)  # By another message since.
    method.code_sent_at = method.code_sent_at - timedelta(minutes=age) if age else sent_at
    method.save()

    Client().post(path_of(push["tapped"]))

    method.refresh_from_db()
    assert not method.is_verified


def test_a_device_that_registers_again_stays_what_it_was(ana, device, receiver):
    method = verified(ana, device)

    answered = register(ana, device.subscription)

    assert answered.json()["is_verified"]
    assert ana.contact_methods.get(channel="push") == method
    assert pushes(receiver, device) == []


@pytest.mark.parametrize(
    "sent", [{}, {"endpoint": "x"}, [], {"endpoint": "x", "keys": []}, "[" * 9999]
)
def test_what_is_no_subscription_is_not_registered(ana, sent):
    answered = register(ana, sent)

    assert answered.status_code == 400
    assert answered.json()["detail"] == "This is no push subscription."
    assert not ana.contact_methods.filter(channel="push").exists()


def test_a_key_that_is_none_is_refused_with_the_reason(ana, device):
    keys = {**device.subscription["keys"], "p256dh": "AAAA"}

    answered = register(ana, {**device.subscription, "keys": keys})

    assert answered.status_code == 400
    assert "not those of a subscription" in answered.json()["detail"]


def test_nobody_registers_a_device_without_a_login(device):
    answered = Client().post("/me/devices/", device.subscription, content_type=JSON)

    assert answered.status_code in (302, 401)
    assert not ContactMethod.objects.filter(channel="push").exists()


def test_a_subscription_is_renewed_once_by_the_device_that_has_it(ana, device):
    method = verified(ana, device)
    renewal = register(ana, device.subscription).json()["renew"]
    later = Device(device.endpoint + "2").subscription

    first = Client().post(renewal, later, content_type=JSON)
    again = Client().post(renewal, device.subscription, content_type=JSON)
    next_one = Client().post(first.json()["renew"], device.subscription, content_type=JSON)

    method.refresh_from_db()
    assert [one.status_code for one in (first, again, next_one)] == [200, 404, 200]
    assert (method.config["endpoint"], method.is_verified) == (device.endpoint, True)
    assert str(method) == "Chrome on Android"
    assert Client().post("/push/nonsense/renew/", later, content_type=JSON).status_code == 404


def test_a_page_that_the_device_has_shown_is_delivered(ana, device, receiver):
    verified(ana, device)
    row = page_for(ana)
    [push] = pushes(receiver, device)
    row.refresh_from_db()
    before = row.state

    answers = [Client().post(path_of(push["seen"])).status_code for _ in range(2)]

    row.refresh_from_db()
    assert (before, row.state, answers) == ("sent", "delivered", [204, 204])
    assert Client().post("/push/nonsense/seen/").status_code == 404


def test_all_that_one_push_told_of_is_delivered(ana, device, receiver):
    verified(ana, device)
    rows = [page_for(ana, key=key) for key in ("run:1", "run:2", "run:3")]
    notification_deliver.deliver([(row.pk, 0) for row in rows])
    [(_, _, body)] = receiver.requests

    Client().post(path_of(device.read(body)["seen"]))

    states = ana.notifications.filter(channel="push").values_list("state", flat=True)
    assert list(states) == ["delivered"] * 3


def test_a_receipt_that_overtakes_the_answer_of_the_push_service_stands(ana, device, receiver):
    verified(ana, device)
    row = page_for(ana)
    [push] = pushes(receiver, device)
    # As it was while the request was on its way.
    Notification.objects.filter(pk=row.pk).update(state="waiting", done_at=None)
    row.refresh_from_db()

    Client().post(path_of(push["seen"]))
    record.record_success([row], Accepted(provider_id="1"))

    row.refresh_from_db()
    assert (row.state, row.next_attempt_at) == ("delivered", None)


def test_who_has_it_takes_the_place_of_the_page_on_the_devices_that_show_it(ana, device, receiver):
    verified(ana, device)
    bo, incident = make_person("Responder", name="Bo"), make_incident()
    page_for(ana, incident)
    [push] = pushes(receiver, device)
    Client().post(path_of(push["seen"]))
    respond.acknowledge(incident.pk, by=bo)
    updates.notify_status_updates()

    _, news = pushes(receiver, device)

    shown = news["notification"]
    assert shown["title"] == f"Acknowledged #{incident.pk}: {incident.title}"
    assert "Bo has it" in shown["body"]
    assert (shown["tag"], shown["silent"]) == (push["notification"]["tag"], True)
    assert not ana.notifications.filter(event="incident.acknowledged").exclude(channel="push")


@pytest.mark.parametrize("who", ["nobody", "oneself"])
def test_who_sees_no_page_or_has_it_hears_nothing_of_that(ana, device, receiver, who):
    verified(ana, device)
    incident = make_incident()
    page_for(ana, incident)
    [push] = pushes(receiver, device)
    if who == "oneself":
        Client().post(path_of(push["seen"]))
    respond.acknowledge(incident.pk, by=ana if who == "oneself" else make_person("Responder"))
    updates.notify_status_updates()

    assert len(pushes(receiver, device)) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_has_ended_is_not_used_and_its_person_is_told(ana, device, receiver, status):
    method = verified(ana, device)
    receiver.behave = lambda handler: answer(handler, status, b"unsubscribed")

    page_for(ana)
    run_tasks()

    method.refresh_from_db()
    told = ana.notifications.filter(event="notice", channel="email").get()
    assert not method.is_verified
    assert f"answered {status}" in method.fault
    assert told.facts["notice"]["title"] == "Chrome on Android does not receive pages any more"
    assert f"answered {status}" in told.facts["notice"]["text"]
    assert ana.notifications.filter(event="incident.triggered", channel="email").exists()


def test_a_device_that_was_renewed_meanwhile_has_not_ended(ana, device, receiver):
    method = verified(ana, device)
    renewal = register(ana, device.subscription).json()["renew"]
    row = page_for(ana)
    later = Device(device.endpoint + "2").subscription

    [row], _ = record.claim([row], "Push")
    Client().post(renewal, later, content_type=JSON)
    record.record_failure([row], DeliveryError("410 Gone", permanent=True, address_fault=True))

    method.refresh_from_db()
    assert method.is_verified
    assert not ana.notifications.filter(event="notice").exists()


def test_a_device_that_says_nothing_for_half_a_minute_is_not_relied_on(ana, device, receiver):
    verified(ana, device)
    ana.contact_methods.filter(channel="email").update(is_enabled=False)
    spoken, silent = page_for(ana, key="run:1"), page_for(ana, key="run:2")
    notification_deliver.deliver([(spoken.pk, 0)])
    notification_deliver.deliver([(silent.pk, 0)])
    first = device.read(receiver.requests[0][2])
    Client().post(path_of(first["seen"]))
    ana.contact_methods.filter(channel="email").update(is_enabled=True)

    receipts.use_next_way_of_silent(timezone.now() + timedelta(seconds=31))

    mails = ana.notifications.filter(event="incident.triggered", channel="email")
    assert [row.page_key for row in mails] == ["run:2"]


def test_a_device_that_registers_anew_keeps_its_rules(ana, device, receiver):
    method = verified(ana, device)
    rule = make_rule(method, after_minutes=3)
    ContactMethod.objects.filter(pk=method.pk).update(fault="410 Gone", verified_at=None)

    register(ana, Device(device.endpoint + "2").subscription)

    method.refresh_from_db()
    assert ana.contact_methods.get(channel="push") == method
    assert (method.config["endpoint"], method.fault) == (device.endpoint + "2", "")
    assert ana.rules.get() == rule


def test_the_button_of_a_push_acknowledges_and_says_so(ana, device, receiver):
    verified(ana, device)
    row = page_for(ana)
    [push] = pushes(receiver, device)
    path = path_of(push["actions"][0]["urls"][0])

    answers = [Client().post(path, HTTP_ACCEPT=JSON).json() for _ in range(2)]

    row.incident.refresh_from_db()
    entry = row.incident.timeline.get(verb="acknowledged")
    assert [one["state"] for one in answers] == ["done", "taken"]
    assert answers[0]["text"] == f"Yours. #{row.incident_id} acknowledged."
    assert answers[1]["text"] == f"#{row.incident_id}: Ana Ferreira has it already."
    assert (entry.by, entry.via) == (ana, "push")


def test_a_button_that_does_not_act_any_more_says_why(ana, device, receiver):
    verified(ana, device)
    page_for(ana)
    [push] = pushes(receiver, device)
    ana.is_active = False
    ana.save()

    refused = Client().post(path_of(push["actions"][0]["urls"][0]), HTTP_ACCEPT=JSON)

    assert refused.status_code == 403
    assert refused.json()["text"] == "Not done: Ana Ferreira is no longer active here."


def test_the_page_offers_the_button_and_knows_ones_devices(ana, device):
    verified(ana, device)

    page = browser(ana).get("/me/")

    text = page.content.decode()
    known = page.context["device"]["known"]
    assert "Use this device" in words(page)
    assert f'data-known="{known}"' in text
    assert len(known) == 16
    assert device.endpoint not in text


def test_the_worker_is_served_at_the_root_and_is_never_kept(client):
    worker = client.get("/sw.js")
    with closing(client.get("/static/manifest.webmanifest")) as manifest:
        icons = [icon["src"] for icon in json.loads(b"".join(manifest))["icons"]]

    assert worker["Content-Type"] == "text/javascript; charset=utf-8"
    assert worker["Cache-Control"] == "no-cache"
    assert worker["Service-Worker-Allowed"] == "/"
    assert worker["Content-Security-Policy"] == service_worker.POLICY
    assert manifest["Content-Type"] == "application/manifest+json"
    assert len(icons) == 4
    assert all((STATIC / icon).is_file() for icon in icons)
