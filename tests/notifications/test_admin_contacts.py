"""Contact methods and shared channels in the admin."""

import re

import pytest
from django.core import mail

from incidents.errors import InvalidRequest
from notifications.actions import contact_methods
from notifications.models import ContactMethod, Notification, SharedChannel
from tests.api import make_person
from tests.factories import make_method, make_shared_channel
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db(transaction=False)

ADD = "/admin/notifications/contactmethod/add/"


def sign_in(client, *roles):
    person = make_person(*roles)
    client.force_login(person)
    return person


def change(method):
    return f"/admin/notifications/contactmethod/{method.pk}/change/"


def test_the_channel_is_chosen_first(client):
    sign_in(client, "Owner")

    page = client.get("/admin/notifications/sharedchannel/add/").content.decode()

    assert "?channel=email" in page
    assert "?channel=webhook" in page


def test_a_channel_that_is_not_for_people_is_no_contact_method(client):
    sign_in(client, "Responder")

    page = client.get(f"{ADD}?channel=webhook", follow=True).content.decode()

    assert "config_url" not in page


def test_people_add_their_own_address_which_waits_for_its_code(client):
    person = sign_in(client, "Responder")

    answer = client.post(
        f"{ADD}?channel=email", {"config_address": "me@example.com", "is_vouched": "on"}
    )

    method = ContactMethod.objects.get()
    assert answer.status_code == 302
    assert (method.user, method.address) == (person, "me@example.com")
    assert not method.is_verified


def test_an_admin_vouches_for_the_address_of_somebody(client):
    sign_in(client, "Owner")
    person = make_person()
    sent = {"user": person.pk, "config_address": "them@example.com", "is_vouched": "on"}

    client.post(f"{ADD}?channel=email", sent | {"is_enabled": "on"})

    method = ContactMethod.objects.get()
    assert method.user == person
    assert method.is_verified
    assert method.is_enabled


def test_what_the_channel_refuses_stands_beside_its_field(client):
    sign_in(client, "Responder")

    answer = client.post(f"{ADD}?channel=email", {"config_address": "nowhere"})

    assert "config_address" in answer.context["adminform"].form.errors


def test_addresses_of_others_are_neither_seen_nor_changed(client):
    method = make_method(make_person())
    sign_in(client, "Responder")

    assert client.get(change(method)).status_code == 302
    assert client.post(change(method), {"config_address": "mine@example.com"}).status_code == 302
    assert method.address not in client.get("/admin/notifications/contactmethod/").content.decode()
    method.refresh_from_db()
    assert method.address != "mine@example.com"


def test_another_address_proves_itself_anew(client):
    method = make_method(sign_in(client, "Responder"))

    client.post(change(method), {"config_address": "other@example.com", "is_enabled": "on"})

    method.refresh_from_db()
    assert method.address == "other@example.com"
    assert not method.is_verified


def test_the_code_of_the_old_address_does_not_prove_another(client):
    method = make_method(sign_in(client, "Responder"), is_verified=False)
    contact_methods.send_code(method.pk)
    run_tasks()
    code = re.search(r"\b\d{6}\b", mail.outbox[0].body)[0]

    client.post(change(method), {"config_address": "other@example.com", "is_enabled": "on"})

    with pytest.raises(InvalidRequest):
        contact_methods.confirm(method.pk, code)


def test_the_same_address_stays_proved(client):
    method = make_method(sign_in(client, "Responder"))
    sent = {"config_address": method.address, "is_enabled": "on", "label": "home"}

    client.post(change(method), sent)

    method.refresh_from_db()
    assert method.label == "home"
    assert method.is_verified


def test_the_code_that_was_sent_proves_the_address(client):
    method = make_method(sign_in(client, "Responder"), is_verified=False)
    sent = {"config_address": method.address, "is_enabled": "on"}

    client.post(change(method), sent | {"notifications_contactmethod_send_code": "1"})
    run_tasks()
    code = re.search(r"\b\d{6}\b", mail.outbox[0].body)[0]
    client.post(change(method), sent | {"code": "000000" if code != "000000" else "111111"})
    method.refresh_from_db()
    was_verified = method.is_verified
    client.post(change(method), sent | {"code": code})

    method.refresh_from_db()
    assert not was_verified
    assert method.is_verified


def test_a_test_goes_the_whole_way(client):
    method = make_method(sign_in(client, "Responder"))
    sent = {"config_address": method.address, "is_enabled": "on"}

    client.post(change(method), sent | {"notifications_contactmethod_send_test": "1"})
    run_tasks()

    assert mail.outbox[0].to == [method.address]
    assert Notification.objects.get().state == "sent"


def shared(client, channel, **sent):
    url = f"/admin/notifications/sharedchannel/{channel.pk}/change/"
    fields = {"name": channel.name, "config_url": "https://a.example/x", "is_enabled": "on"}
    return client.post(url, fields | sent)


def test_a_secret_is_never_shown_and_kept_unless_typed_anew(client):
    sign_in(client, "Owner")
    channel = make_shared_channel()
    channel.config = {"url": "https://a.example/in", "secret": "between-us-only"}
    channel.save()

    page = client.get(f"/admin/notifications/sharedchannel/{channel.pk}/change/").content.decode()
    shared(client, channel, config_secret="")
    channel.refresh_from_db()
    kept = channel.config
    shared(client, channel, config_secret="another")
    channel.refresh_from_db()

    assert "between-us-only" not in page
    assert kept == {"url": "https://a.example/x", "secret": "between-us-only"}
    assert channel.config["secret"] == "another"


def test_a_secret_is_removed_when_asked(client):
    sign_in(client, "Owner")
    channel = make_shared_channel()
    channel.config = {"url": "https://a.example/in", "secret": "old"}
    channel.save()

    shared(client, channel, clear_secret="on")

    channel.refresh_from_db()
    assert channel.config["secret"] == ""


def test_a_shared_channel_is_added(client):
    sign_in(client, "Owner")
    sent = {"name": "Ops", "config_url": "https://a.example/x", "config_secret": "s"}

    client.post("/admin/notifications/sharedchannel/add/?channel=webhook", sent)

    channel = SharedChannel.objects.get()
    assert (channel.channel, channel.config["secret"]) == ("webhook", "s")


def test_the_code_of_a_verification_is_in_no_page_of_the_admin(client):
    sign_in(client, "Owner")
    notification = Notification.objects.create(
        channel="email", event="verification", page_key="v", facts={"code": "314159"}
    )

    page = client.get(f"/admin/notifications/notification/{notification.pk}/change/")

    assert page.status_code == 200
    assert "314159" not in page.content.decode()


def test_the_catch_all_is_one_row_and_its_list_is_its_form(client):
    sign_in(client, "Owner")

    answer = client.get("/admin/notifications/catchall/")

    assert answer["Location"].endswith("/catchall/1/change/")


@pytest.mark.parametrize(("role", "offered"), [("Owner", True), ("Stakeholder", False)])
def test_a_test_is_offered_to_who_may_change_the_channel(client, role, offered):
    sign_in(client, role)
    shared = make_shared_channel()

    page = client.get(f"/admin/notifications/sharedchannel/{shared.pk}/change/").content.decode()

    assert ("Save and send a test" in page) is offered
