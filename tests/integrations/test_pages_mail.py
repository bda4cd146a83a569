"""The pages of the channel Email, and a mail in the log."""

import pytest
from django.urls import reverse

from integrations.mail import store
from integrations.mail.extraction import Extraction, Tag, read
from integrations.models import ADMINISTER, Integration, MailAccount
from tests.factories import make_policy, make_service, make_user
from tests.integrations.mails import DOMAIN, deliver, mail, make_mailbox
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def domain(settings):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN


def basics(**fields):
    service = make_service(make_policy(make_user()))
    given = {"name": "Backup", "service": service.pk, "mode": "policy", "sequence": 0}
    return given | {"is_enabled": "on", "mailbox": "backup"} | fields


TAGS = {"name_where": "text", "name_after": "Host: ", "name_before": ""}
TAGS |= {"id_where": "subject", "id_after": "[", "id_before": "]"}
TAGS |= {"open_words": "PROBLEM, DOWN", "update_words": "", "close_words": "RECOVERY"}
EVERY = {"every_mail_opens": "on", "name_where": "text", "id_where": "text"}


def test_the_list_of_the_channel_leads_to_the_form():
    client = admin_browser()

    page = text_of(client.get("/integrations/?channel=email"))

    assert reverse("email_new") in page
    assert "Add Email" in page
    assert "No Email integrations yet" in page


def test_an_integration_whose_mails_all_open_is_added():
    client = admin_browser()

    answer = client.post(reverse("email_new"), basics(**EVERY))

    row = Integration.objects.get()
    assert answer.url == row.get_absolute_url()
    assert (row.kind, row.mailbox, row.template) == ("email", "backup", "email")
    assert read(row.rules) == Extraction()


def test_tags_and_words_of_the_form_become_rules():
    admin_browser().post(reverse("email_new"), basics(**TAGS))

    assert read(Integration.objects.get().rules) == Extraction(
        False,
        Tag("text", "Host: "),
        Tag("subject", "[", "]"),
        ("PROBLEM", "DOWN"),
        (),
        ("RECOVERY",),
    )


def test_the_form_of_nagios_asks_for_no_tags():
    client = admin_browser()
    address = reverse("integration_new", args=["nagios-email"])

    page = text_of(client.get(address))
    client.post(address, basics(mailbox="nagios"))

    assert "name_after" not in page
    assert Integration.objects.get().template == "nagios-email"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({**EVERY, "mailbox": "two words"}, "Write 1 to 64 letters"),
        ({**EVERY, "mailbox": "a@elsewhere.example"}, "all addresses end in"),
        ({**EVERY, "mailbox": ""}, "This field is required"),
        ({**EVERY, "name": ""}, "This field is required"),
        ({"name_where": "text", "id_where": "text"}, "Enter the tags of the Source Name"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(fields, says):
    answer = admin_browser().post(reverse("email_new"), basics(close_words="RECOVERY", **fields))

    assert answer.status_code == 422
    page = text_of(answer)
    assert says in page
    assert "RECOVERY" in page
    assert not Integration.objects.exists()


def test_the_saved_page_shows_the_address_in_place_of_the_url():
    row = make_mailbox("nagios", "nagios-email")

    page = text_of(admin_browser().get(row.get_absolute_url()))

    assert f'value="nagios@{DOMAIN}"' in page
    assert 'data-copy-from="#endpoint"' in page
    assert row.token not in page
    assert f"nagios@{DOMAIN}" in page[page.index("Steps in") :]


def test_the_saved_page_says_that_no_way_for_mails_is_open():
    page = text_of(admin_browser().get(make_mailbox().get_absolute_url()))

    assert "No mail can arrive yet" in page


def test_the_saved_page_names_the_ways_that_are_open(settings):
    settings.INBOUND_SMTP = "127.0.0.1:2525"

    page = text_of(admin_browser().get(make_mailbox().get_absolute_url()))

    assert "Mails can arrive by SMTP at 127.0.0.1:2525" in page


def test_another_mailbox_and_other_tags_hold_from_the_next_mail_on():
    row = make_mailbox()

    admin_browser().post(reverse("integration_mail", args=[row.pk]), {"mailbox": "Db", **TAGS})

    row.refresh_from_db()
    assert row.mailbox == "db"
    assert read(row.rules).close_words == ("RECOVERY",)


def test_a_wrong_mailbox_on_the_saved_page_is_said_and_not_saved():
    row = make_mailbox()
    address = reverse("integration_mail", args=[row.pk])

    answer = admin_browser().post(address, {"mailbox": "a b", **EVERY})

    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.mailbox == "ops"


def test_rules_of_its_own_are_not_touched_by_the_mailbox_form():
    row = make_mailbox("nagios", "nagios-email")

    admin_browser().post(reverse("integration_mail", args=[row.pk]), {"mailbox": "n2"})

    row.refresh_from_db()
    assert row.mailbox == "n2"
    assert row.rules["source"] == "Nagios"


def test_the_test_button_sends_the_sample_mail():
    row = make_mailbox("nagios", "nagios-email")

    sent = {"sample": "open", "audience": "everyone"}
    answer = admin_browser().post(reverse("integration_test", args=[row.pk]), sent, follow=True)

    assert "Success: the sample was processed" in text_of(answer)


def test_several_on_one_mailbox_are_shown_on_each_page():
    make_mailbox(name="The first one")
    second = make_mailbox(name="The second one", sequence=1)

    page = text_of(admin_browser().get(second.get_absolute_url()))

    assert "The first one" in page


def test_a_mail_is_shown_readably_in_the_log():
    make_mailbox()
    raw = mail("Host: <b>web-1</b>", "Störung", X_Priority="1")
    [number] = deliver(raw)
    work()

    page = text_of(admin_browser().get(f"/inbound-log/{number}/"))

    assert "Störung" in page
    assert "High priority" in page
    assert "monitor@example.com" in page
    assert "Host: &lt;b&gt;web-1&lt;/b&gt;" in page


def test_attachments_are_listed_and_not_handed_out():
    make_mailbox()
    raw = mail(
        "--b\r\nContent-Type: text/plain\r\n\r\nText\r\n--b\r\nContent-Type: application/x-sh\r\n"
        "Content-Disposition: attachment; filename=run.sh\r\n\r\nrm -rf /\r\n--b--\r\n",
        Content_Type="multipart/mixed; boundary=b",
    )
    [number] = deliver(raw)

    page = text_of(admin_browser().get(f"/inbound-log/{number}/"))

    assert "1 attachment" in page
    assert "run.sh" in page
    assert "rm -rf" not in page


@pytest.mark.parametrize("address", ["email_new", "admin:integrations_mailaccount_changelist"])
def test_pages_need_the_entitlement(address):
    assert browser("Responder").get(reverse(address)).status_code == 403


def account(**fields):
    fields = {"name": "Ops", "host": "imap.example.com", "username": "ops"} | fields
    return store.save_account(MailAccount(password="let me in", **fields))


def form_of(row, **fields):
    names = ("name", "host", "port", "security", "username", "folder", "mailbox", "every_seconds")
    return {name: getattr(row, name) for name in names} | {"password": ""} | fields


def test_the_password_of_a_mail_account_is_never_shown_and_stays():
    row, client = account(), admin_browser()
    assert client.user.has_perm(ADMINISTER)
    address = reverse("admin:integrations_mailaccount_change", args=[row.pk])

    page = text_of(client.get(address))
    client.post(address, form_of(row, folder="Alerts"))

    row.refresh_from_db()
    assert "let me in" not in page
    assert (row.password, row.folder) == ("let me in", "Alerts")


def test_a_mail_account_without_a_password_is_refused():
    client = admin_browser()

    answer = client.post(
        reverse("admin:integrations_mailaccount_add"), form_of(MailAccount(), name="x", host="h")
    )

    assert "The server will ask for it." in text_of(answer)
    assert not MailAccount.objects.exists()


def test_what_is_wrong_with_an_account_stands_on_its_page():
    row = account()
    MailAccount.objects.update(last_error="Authentication failed.")
    address = reverse("admin:integrations_mailaccount_change", args=[row.pk])

    assert "Authentication failed." in text_of(admin_browser().get(address))
