"""A secret that cannot be read is not an empty one: nothing overwrites it, and pages say so."""

import json

import pytest

from integrations.inbound.endpoint_cache import endpoint_cache
from integrations.mail import imap
from integrations.models import InboundMessage, Integration, MailAccount
from integrations.setup import edit, security
from integrations.signatures import keyring
from notifications.actions import settings as notification_settings
from notifications.models import ContactMethod, SharedChannel
from opsportal.lib import encryption
from opsportal.lib.encryption import SecretUnreadable, readable
from tests.api import make_person, owner
from tests.factories import make_integration, make_method, make_shared_channel, make_user
from tests.integrations.pages import admin_browser
from tests.integrations.posting import FAILURE
from tests.keys import OTHER, lose, other_key, raw

pytestmark = pytest.mark.django_db
SECRETS = {"basic_user": "u", "basic_password": "pass-word-1", "bearer_token": "bear-er-1"}


def make_account(**fields):
    return MailAccount.objects.create(
        **{"name": "Ops", "host": "127.0.0.1", "username": "ops", "password": "let me in", **fields}
    )


def sealed(**fields):
    """An integration all of whose secrets are lost, and how they stand in the database."""
    integration = make_integration(**fields)
    security.change_signature(integration.pk, "github", "sign-ing-1")
    names = ("token", "signature_secret", "basic_password", "bearer_token")
    return integration, lose(integration, *names)


ROWS = {
    "contact method": (lambda: make_method(make_user()), "config"),
    "shared channel": (make_shared_channel, "config"),
    "mail account": (make_account, "password"),
    "token": (make_integration, "token"),
    "bearer token": (lambda: make_integration(bearer_token="bear-er-1"), "bearer_token"),
    "password": (lambda: make_integration(**SECRETS), "basic_password"),
    "signature": (lambda: make_integration(signature_secret="s"), "signature_secret"),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_secret_under_another_key_is_kept_by_any_save_and_never_empty(kind):
    make, name = ROWS[kind]
    row = make()
    before = lose(row, name)
    found = type(row).objects.get(pk=row.pk)

    with pytest.raises(SecretUnreadable, match=encryption.key_id_of(OTHER)):
        getattr(found, name)
    found.save()
    found.save(update_fields=[name])

    assert {name: raw(row, name)} == before
    assert found.unreadable_secrets == [name]
    with other_key():
        assert getattr(type(row).objects.get(pk=row.pk), name)


@pytest.mark.parametrize("kind", ROWS)
def test_with_its_key_as_a_fallback_it_is_read_and_saved_under_the_new_key(kind, settings):
    make, name = ROWS[kind]
    row = make()
    value = getattr(row, name)
    lose(row, name)
    settings.SECRET_KEY_FALLBACKS = ["one more", OTHER]

    found = type(row).objects.get(pk=row.pk)
    found.save()

    assert getattr(found, name) == value
    assert raw(row, name).startswith(encryption.current_key_id() + ".")


def test_a_secret_that_is_loaded_later_raises_as_well():
    account = make_account()
    lose(account, "password")

    found = MailAccount.objects.defer("password").get()

    with pytest.raises(SecretUnreadable):
        found.password  # noqa: B018
    assert readable(MailAccount.objects.defer("password").get(), "password", "?") == "?"


def test_values_of_versions_without_fingerprints_are_read_and_written_with_one():
    account = make_account()
    plain = encryption.split(raw(account, "password"))[1]
    MailAccount.objects.update(password=encryption.Unreadable(plain))

    found = MailAccount.objects.get()
    found.save()

    assert raw(account, "password") != plain
    assert found.password == "let me in"
    assert raw(account, "password").startswith(encryption.current_key_id() + ".")


def test_an_integration_is_found_by_its_url_though_its_token_cannot_be_read(client):
    integration = make_integration()
    url = f"/POSTAlert/{integration.token}/it"
    lose(integration, "token")
    edit.change_basics(integration.pk, name="Renamed")
    Integration.objects.get().save()

    answer = client.post(url, json.dumps(FAILURE), content_type="application/json")

    assert answer.status_code == 202
    assert Integration.objects.get().name == "Renamed"


@pytest.mark.parametrize("name", ["signature_secret", "basic_password", "bearer_token"])
def test_nobody_gets_in_where_what_is_demanded_cannot_be_read(client, name):
    """Empty it would demand nothing, and anybody could page."""
    integration = make_integration(**{name: "secret-1"})
    lose(integration, name)
    endpoint_cache.forget(integration.pk)
    url = f"/POSTAlert/{integration.token}/it"

    answer = client.post(url, json.dumps(FAILURE), content_type="application/json")

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert not InboundMessage.objects.exists()


def test_the_page_of_an_integration_names_what_cannot_be_read_and_shows_no_empty_field():
    integration, _ = sealed(**SECRETS)

    page = admin_browser().get(f"/integrations/{integration.pk}/").content.decode()

    for name in ("token", "signature_secret", "basic_password", "bearer_token"):
        assert f"<code>{name}</code>" in page
    assert encryption.UNREADABLE_TEXT in page
    assert "Remove signature" in page


def test_a_heartbeat_and_a_chat_show_that_they_cannot_be_read():
    for template in ("heartbeat", "slack-chat"):
        integration = make_integration(template) if template != "heartbeat" else _heartbeat(owner())
        lose(integration, "token")

        answer = admin_browser().get(f"/integrations/{integration.pk}/")

        assert answer.status_code == 200
        assert "<code>token</code>" in answer.content.decode()


def _heartbeat(client):
    made = client.post(
        "/api/v1/integrations/",
        {
            "template": "heartbeat",
            "service": make_integration().service_id,
            "heartbeat": {"every_seconds": 60, "grace_seconds": 60},
        },
    )
    assert made.status_code == 201, made.content
    return Integration.objects.get(pk=made.json()["id"])


def test_pages_that_change_one_secret_keep_the_others():
    integration, before = sealed(**SECRETS)
    client = admin_browser()

    def submit(button, **fields):
        return client.post(f"/integrations/{integration.pk}/{button}/", fields)

    submit("credentials", basic_user="u", basic_password="", bearer_token="new-bearer")
    refused = submit("signature", provider="github", secret="second", do="add")

    del before["bearer_token"]
    assert Integration.objects.get().bearer_token == "new-bearer"
    assert {name: raw(integration, name) for name in before} == before
    assert "cannot be read" in refused.content.decode()
    submit("signature", provider="github", secret="replaced", do="replace")
    secrets = keyring.read(Integration.objects.get().signature_secret)
    assert [secret.text for secret in secrets] == ["replaced"]


def test_the_api_says_what_cannot_be_read_and_a_change_of_something_else_keeps_it():
    integration, before = sealed(**SECRETS)
    client = owner()
    url = f"/api/v1/integrations/{integration.pk}/"

    shown = client.get(url).json()
    changed = client.patch(url, {"name": "Renamed", "allowed_networks": ["192.0.2.0/24"]})
    refused = client.post(f"{url}add_secret/", {"secret": "another-1"})

    assert sorted(shown["unreadable_secrets"]) == sorted(before)
    assert (shown["url"], shown["key"]) == (None, None)
    assert shown["has_basic_password"] is shown["has_bearer_token"] is True
    assert shown["has_signature_secret"] is True
    assert (changed.status_code, refused.status_code) == (200, 400)
    assert {name: raw(integration, name) for name in before} == before


@pytest.mark.parametrize("path", ["contact-methods", "shared-channels"])
def test_the_api_keeps_settings_that_it_cannot_read_until_all_are_set_anew(path):
    row = make_method(make_user()) if path == "contact-methods" else make_shared_channel()
    before = lose(row, "config")
    client = owner()
    url = f"/api/v1/{path}/{row.pk}/"
    new = (
        {"address": "new@example.com"}
        if path == "contact-methods"
        else {"url": "https://new.example/in"}
    )

    shown = client.get(url).json()
    switched = client.patch(url, {"is_enabled": False})
    emptied = client.patch(url, {"config": {}})
    kept = raw(row, "config")
    replaced = client.patch(url, {"config": new})

    assert shown["unreadable_secrets"] == ["config"]
    assert shown["address"] == encryption.UNREADABLE_TEXT
    assert (switched.status_code, emptied.status_code) == (200, 400)
    assert {"config": kept} == before
    assert replaced.json()["unreadable_secrets"] == []
    assert client.get(f"/api/v1/{path}/").status_code == 200


def test_the_api_keeps_the_password_of_a_mailbox(settings):
    account = make_account()
    before = lose(account, "password")
    client = owner()
    url = f"/api/v1/mail-accounts/{account.pk}/"

    shown = client.get(url).json()
    client.patch(url, {"name": "Renamed"})

    assert (shown["has_password"], shown["unreadable_secrets"]) == (True, ["password"])
    assert MailAccount.objects.get().name == "Renamed"
    assert {"password": raw(account, "password")} == before


def test_forms_of_the_admin_say_so_and_keep_what_is_left_empty(client):
    client.force_login(make_person("Owner"))
    channel = make_shared_channel(name="Room")
    account = make_account()
    lost = {**lose(channel, "config"), **lose(account, "password")}
    channel_url = f"/admin/notifications/sharedchannel/{channel.pk}/change/"
    account_url = f"/admin/integrations/mailaccount/{account.pk}/change/"

    pages = [client.get(url).content.decode() for url in (channel_url, account_url)]
    client.post(channel_url, {"name": "Renamed", "is_enabled": "on"})
    fields = {
        "name": "Renamed",
        "host": "127.0.0.1",
        "port": 993,
        "security": "tls",
        "username": "ops",
        "folder": "INBOX",
        "every_seconds": 60,
        "password": "",
    }
    client.post(account_url, fields)

    assert all("encrypted with another SECRET_KEY" in page for page in pages)
    assert SharedChannel.objects.get().name == MailAccount.objects.get().name == "Renamed"
    assert {"config": raw(channel, "config"), "password": raw(account, "password")} == lost
    client.post(channel_url, {"name": "Room", "config_url": "https://new.example/in"})
    assert SharedChannel.objects.get().config["url"] == "https://new.example/in"


def test_a_contact_method_in_the_admin_keeps_its_address_and_its_proof(client):
    person = make_person("Owner")
    client.force_login(person)
    method = make_method(person)
    before = lose(method, "config")
    url = f"/admin/notifications/contactmethod/{method.pk}/change/"

    answer = client.post(url, {"label": "Phone", "is_enabled": "on"})

    assert answer.status_code == 302, answer.content.decode()
    found = ContactMethod.objects.get(pk=method.pk)
    assert (found.label, found.is_verified) == ("Phone", True)
    assert {"config": raw(method, "config")} == before
    for page in ("/me/", "/admin/notifications/contactmethod/"):
        assert encryption.UNREADABLE_TEXT in client.get(page).content.decode()


def test_a_new_address_in_place_of_an_unreadable_one_has_to_be_proved():
    method = make_method(make_user())
    lose(method, "config")

    changed = notification_settings.change_contact_method(
        method.pk, config={"address": "other@example.com"}
    )

    assert not changed.is_verified


def test_a_mailbox_whose_password_cannot_be_read_says_so():
    account = make_account()
    lose(account, "password")

    with pytest.raises(imap.PollError):
        imap.poll(MailAccount.objects.get())

    assert MailAccount.objects.get().last_error
