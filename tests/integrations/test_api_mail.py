"""Mailboxes and mail accounts by script."""

import pytest

from integrations.models import ADMINISTER, Integration, MailAccount
from tests.factories import make_service
from tests.integrations.mails import DOMAIN, make_mailbox
from tests.integrations.pages import admin_browser, browser

pytestmark = pytest.mark.django_db
ACCOUNT = {"name": "Ops", "host": "imap.example.com", "username": "ops", "password": "let me in"}


@pytest.fixture(autouse=True)
def domain(settings):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN


def send(client, method, path, body):
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


def test_an_integration_with_a_mailbox_is_made_and_changed():
    client = admin_browser()
    body = {"template": "nagios-email", "service": make_service().pk, "mailbox": "Nagios"}

    made = send(client, "post", "integrations/", body).json()
    changed = send(client, "patch", f"integrations/{made['id']}/", {"mailbox": "n2"}).json()

    assert (made["kind"], made["mailbox"]) == ("email", "nagios")
    assert made["address"] == f"nagios@{DOMAIN}"
    assert changed["address"] == f"n2@{DOMAIN}"


@pytest.mark.parametrize("mailbox", ["", "a b"])
def test_a_mailbox_that_cannot_be_is_refused(mailbox):
    body = {"template": "email", "service": make_service().pk, "mailbox": mailbox}

    answer = send(admin_browser(), "post", "integrations/", body)

    assert answer.status_code in (400, 409, 422)
    assert "mailbox" in answer.content.decode()
    assert not Integration.objects.exists()


def test_other_channels_have_no_mailbox():
    body = {"template": "odown", "service": make_service().pk, "mailbox": "ops"}

    answer = send(admin_browser(), "post", "integrations/", body)

    assert answer.status_code >= 400


def test_a_mail_account_is_made_changed_and_deleted():
    client = admin_browser()

    made = send(client, "post", "mail-accounts/", ACCOUNT)
    row = MailAccount.objects.get()
    changed = send(client, "patch", f"mail-accounts/{row.pk}/", {"folder": "Alerts"})
    row.refresh_from_db()
    gone = client.delete(f"/api/v1/mail-accounts/{row.pk}/")

    assert made.status_code == 201
    assert "password" not in made.json()
    assert made.json()["has_password"]
    assert changed.json()["folder"] == "Alerts"
    assert row.password == "let me in"
    assert gone.status_code == 204
    assert not MailAccount.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"password": ""}, {"every_seconds": 1}, {"mailbox": "a b"}, {"security": "maybe"}]
)
def test_a_mail_account_that_cannot_work_is_refused_with_the_field(wrong):
    answer = send(admin_browser(), "post", "mail-accounts/", ACCOUNT | wrong)

    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.content.decode()


def test_mail_accounts_are_for_those_who_administer_integrations():
    client = browser("Responder")
    assert not client.user.has_perm(ADMINISTER)

    MailAccount.objects.create(**ACCOUNT)

    assert client.get("/api/v1/mail-accounts/").json()["results"] == []
    assert send(client, "post", "mail-accounts/", ACCOUNT).status_code == 403


def test_the_url_of_an_integration_shows_no_address_where_it_has_none():
    row = make_mailbox()
    Integration.objects.update(kind="api")

    found = admin_browser().get(f"/api/v1/integrations/{row.pk}/").json()

    assert found["address"] == ""
