"""The networks from which an integration takes mails by SMTP."""

import pytest

from integrations.mail import store
from integrations.mail.incoming import IncomingMail
from integrations.models import InboundMessage
from integrations.setup import security
from tests.integrations.mails import DOMAIN, mail, make_mailbox
from tests.integrations.posting import log, work
from tests.integrations.smtp import send

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_address_outside_the_allowed_networks_is_refused_before_it_sends_and_noted(receiver):
    make_mailbox(allowed_networks=["192.0.2.0/24"])

    with receiver.client() as client:
        client.ehlo()
        client.mail("monitor@example.com")
        code, text = client.rcpt(f"ops@{DOMAIN}")

    assert (code, text.decode()) == (550, "5.7.1 This address may not send here")
    assert log() == ["Rejected"]
    row = InboundMessage.objects.get()
    assert row.reason == "Address refused: 127.0.0.1 is in no allowed network."
    assert (row.route, row.answer, row.remote_address) == ("mail", 403, "127.0.0.1")


def test_an_address_within_the_allowed_networks_sends(receiver):
    make_mailbox(allowed_networks=["192.0.2.0/24", "127.0.0.0/8"], bearer_token="not-for-mails")

    with receiver.client() as client:
        assert send(client, mail())[0] == 250
    work()

    assert log() == ["Mapped (opened)"]


def test_networks_that_are_named_between_the_address_and_the_mail_count_as_well(receiver):
    row = make_mailbox()

    with receiver.client() as client:
        client.ehlo()
        client.mail("monitor@example.com")
        assert client.rcpt(f"ops@{DOMAIN}")[0] == 250
        security.change_networks(row.pk, ["192.0.2.0/24"])
        code, text = client.data(mail())

    assert (code, text.decode()) == (550, "5.7.1 This address may not send here")
    assert log() == ["Rejected"]


def test_a_mailbox_that_refuses_the_address_keeps_nothing_from_another(receiver):
    make_mailbox(allowed_networks=["192.0.2.0/24"])
    other = make_mailbox("other")

    with receiver.client() as client:
        refused = client.sendmail("a@b.c", [f"ops@{DOMAIN}", f"other@{DOMAIN}"], mail())

    assert list(refused) == [f"ops@{DOMAIN}"]
    assert InboundMessage.objects.pending().get().integration == other


@pytest.mark.parametrize("way", ["imap", "postmark"])
def test_what_comes_by_another_way_is_not_asked_from_where(way):
    make_mailbox(allowed_networks=["192.0.2.0/24"])

    store.deliver(IncomingMail(mail(), (f"ops@{DOMAIN}",), transport=way))
    work()

    assert log() == ["Mapped (opened)"]
