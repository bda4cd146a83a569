"""Settings, Integrations, Webhooks: the list, one with its log, its test, and redelivery."""

import pytest

from notifications.models import Notification, SharedChannel
from tests.api import make_paging_incident, make_person
from tests.factories import make_service, make_shared_channel
from tests.notifications.servers import answer
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
LIST = "/settings/integrations/webhooks/"
ADD = "/admin/notifications/sharedchannel/add/"
TYPES = ("Google Chat", "Microsoft Teams", "Discord", "Telegram", "Generic webhook")


@pytest.fixture
def owner(client):
    person = make_person("Owner")
    client.force_login(person)
    return person


def body_of(client, path):
    return client.get(path).content.decode()


def send_test(client, channel):
    client.post(f"{channel.get_absolute_url()}test/")
    run_tasks()
    return body_of(client, channel.get_absolute_url())


def test_the_menu_leads_by_add_webhook_to_the_types(client, owner):
    assert f'href="{LIST}"' in body_of(client, "/")
    assert f'href="{ADD}"' in body_of(client, LIST)
    page = body_of(client, ADD)
    assert "Add Webhook" in page
    assert [name for name in TYPES if name in page] == list(TYPES)


def test_a_webhook_is_added_with_its_name_type_url_and_thread(client, owner):
    url = "https://discord.com/api/webhooks/1/t0ken"
    sent = {"name": "Ops", "config_url": url, "config_thread_id": "42", "is_enabled": "on"}

    answered = client.post(f"{ADD}?channel=discord", sent)

    row = SharedChannel.objects.get()
    assert (row.name, row.channel, row.is_enabled) == ("Ops", "discord", True)
    assert row.config == {"url": url, "thread_id": "42"}
    assert answered["Location"] == row.get_absolute_url()
    page = body_of(client, row.get_absolute_url())
    assert "https://discord.com/…" in page
    assert "t0ken" not in page
    assert "t0ken" not in body_of(client, f"/admin/notifications/sharedchannel/{row.pk}/change/")


def test_a_test_says_in_the_words_of_the_provider_what_is_wrong(client, owner, receiver):
    channel = make_shared_channel(receiver.url)
    receiver.behave = lambda handler: answer(handler, status=403, body=b"invalid_token")

    assert "answered 403 Forbidden: invalid_token" in send_test(client, channel)


def test_a_test_that_arrived_is_sent(client, owner, receiver):
    channel = make_shared_channel(receiver.url)

    page = send_test(client, channel)

    assert "Attempt 1: accepted" in page
    assert len(receiver.requests) == 1


def test_what_was_sent_is_sent_again_with_the_same_id(client, owner, receiver):
    channel = make_shared_channel(receiver.url)
    send_test(client, channel)
    row = Notification.objects.get(shared_channel=channel)

    client.post(f"{channel.get_absolute_url()}redeliver/", {"notification": row.pk})
    run_tasks()

    first, again = (dict(headers) for _, headers, _ in receiver.requests)
    assert first["webhook-id"] == again["webhook-id"]
    assert "X-OpsPortal-Redelivery" not in first
    assert again["X-OpsPortal-Redelivery"] == "1"
    assert f"{owner} sent it again" in body_of(client, channel.get_absolute_url())


def test_what_has_become_of_the_incident_does_not_keep_it_back(client, owner, receiver):
    channel, service = make_shared_channel(receiver.url), make_service()
    incident = make_paging_incident(service)
    told = Notification.objects.create(
        incident=incident, shared_channel=channel, channel="webhook", page_key="p", state="sent"
    )
    type(incident).objects.filter(pk=incident.pk).update(status="resolved")

    client.post(f"{channel.get_absolute_url()}redeliver/", {"notification": told.pk})
    run_tasks()

    assert b'"status":"RESOLVED"' in receiver.requests[-1][2]


def test_what_is_still_on_its_way_is_not_sent_twice(client, owner):
    channel = make_shared_channel()
    row = Notification.objects.create(
        event="test", shared_channel=channel, channel="webhook", page_key="p"
    )

    page = client.post(
        f"{channel.get_absolute_url()}redeliver/", {"notification": row.pk}, follow=True
    )

    assert "still on its way" in page.content.decode()
    assert Notification.objects.count() == 1


def test_a_delivery_of_another_channel_is_not_there(client, owner):
    channel, other = make_shared_channel(), make_shared_channel()
    row = Notification.objects.create(
        event="test", shared_channel=other, channel="webhook", page_key="p", state="sent"
    )

    page = client.post(
        f"{channel.get_absolute_url()}redeliver/", {"notification": row.pk}, follow=True
    )

    assert "has no such delivery" in page.content.decode()
    assert Notification.objects.count() == 1


def test_who_may_only_look_sees_no_settings_and_no_buttons(client):
    client.force_login(make_person("Responder"))
    channel = make_shared_channel(url="https://hook.example/s3cr3t")

    page = body_of(client, channel.get_absolute_url())

    assert "https://hook.example/…" in page
    assert "s3cr3t" not in page
    assert "Redeliver" not in page
    assert client.post(f"{channel.get_absolute_url()}test/").status_code == 403


def test_the_log_has_no_incident_that_its_reader_does_not_see(client):
    channel = make_shared_channel()
    incident = make_paging_incident(make_service())
    Notification.objects.create(
        incident=incident, shared_channel=channel, channel="webhook", page_key="p", state="sent"
    )
    client.force_login(make_person("Responder"))

    assert f"#{incident.pk}" not in body_of(client, channel.get_absolute_url())
