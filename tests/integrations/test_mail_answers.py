"""People answer the mail of a page, from whatever program and address."""

import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.mail import answers, store
from integrations.models import InboundMessage
from notifications.actions.build_message import build_message
from notifications.message.mail import mail_of
from notifications.models import ContactMethod, Notification
from notifications.reply_addresses import read_reply_address, reply_address
from tests.factories import make_incident, make_page, make_user
from tests.integrations.mails import DOMAIN, deliver, mail, make_mailbox
from tests.notifications.samples import DELIVERY, make_brief, make_message

QUOTED = "\r\n\r\nOn Mon, 30 Nov 2026 OpsPortal wrote:\r\n> Resolve: https://ops.example/a/r1/\r\n"


@pytest.fixture(autouse=True)
def domain(settings):
    settings.INBOUND_MAIL_DOMAIN, settings.INBOUND_MAIL_REPLIES = DOMAIN, "replies"
    settings.DEFAULT_FROM_EMAIL = f"OpsPortal <pager@{DOMAIN}>"


@pytest.fixture
def paged(db):
    return make_page(make_incident(), make_user("jane"))


def address_of(*pages):
    """Where the reader of the mail about these pages answers."""
    message = build_message(pages, now=timezone.now(), may_repeat=False)
    return mail_of(message, pages[0].address).reply_to


def answer(page, text, to="", sender="phone@private.example", **headers):
    headers.setdefault("message_id", "1@private.example")
    return deliver(mail(text, "Re: a page", **headers), to or address_of(page), sender=sender)


def status_of(page):
    return Incident.objects.get(pk=page.incident_id).status


def told(page):
    """What the person was told of their answers."""
    rows = Notification.objects.filter(event="notice", contact_method=page.contact_method)
    return [row.facts["notice"]["title"] for row in rows.order_by("pk")]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("ack" + QUOTED, "acknowledged"),
        ("Ack!\r\n-- \r\nJane", "acknowledged"),
        ("\r\n> quoted first\r\n\r\nOK" + QUOTED, "acknowledged"),
        ("resolve", "resolved"),
        ("Close.", "resolved"),
    ],
)
def test_an_answer_acts_as_whom_the_mail_was_sent_to(paged, text, status):
    """Whatever the answer has in From: people have more than one address."""
    assert answer(paged, text, From="Somebody <x@elsewhere.example>") == []

    done = paged.incident.timeline.get(verb=status)
    assert (status_of(paged), done.by, done.via) == (status, paged.user, "Email")
    assert len(told(paged)) == 1
    assert f"#{paged.incident_id} {status}." in told(paged)[0]
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "" + QUOTED,
        "Close the window, please",
        "A question: who is on call?",
        "Ack, I am on it",
        "From: OpsPortal\r\nSubject: x\r\n\r\nAcknowledge: https://ops.example/a/a1/",
    ],
)
def test_prose_asks_for_nothing_and_is_told_what_would(paged, text):
    answer(paged, text)

    assert status_of(paged) == "open"
    assert told(paged)[0].startswith("Reply: ack 1042")


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ({"Auto_Submitted": "auto-replied"}, "x@y.z"),
        ({"Auto_Submitted": "auto-generated; owner-email=x"}, "x@y.z"),
        ({"Precedence": "bulk"}, "x@y.z"),
        ({"X_Autoreply": "yes"}, "x@y.z"),
        ({"Content_Type": "multipart/report; boundary=x"}, "x@y.z"),
        ({"From": f"pager@{DOMAIN}"}, "x@y.z"),
        ({}, ""),
    ],
)
def test_what_a_machine_writes_does_nothing_and_is_not_answered(paged, headers, sender):
    """Somebody who is away writes "OK, I am back on Monday" by a machine."""
    assert answer(paged, "ack", sender=sender, **headers) == []

    assert (status_of(paged), told(paged)) == ("open", [])


def test_an_answer_that_comes_twice_is_done_and_told_once(paged):
    answer(paged, "ack")
    answer(paged, "ack")

    assert len(told(paged)) == 1


def test_an_answer_of_an_earlier_round_does_nothing(paged):
    rows = Incident.objects.filter(pk=paged.incident_id)
    rows.update(paging_round=paged.incident.paging_round + 1)
    make_page(rows.get(), paged.user)

    answer(paged, "resolve")

    assert status_of(paged) == "open"
    assert told(paged)[0].startswith("That was an earlier round")


def test_an_answer_acts_on_nothing_that_its_mail_did_not_tell(paged):
    """Whoever has got hold of one mail has got hold of no other."""
    other = make_page(make_incident(), paged.user)

    answer(paged, f"resolve #{other.incident_id}")

    assert (status_of(paged), status_of(other)) == ("open", "open")
    assert told(paged)[0].startswith(f"#{other.incident_id} is no open incident of the message")


def test_of_several_in_one_mail_it_says_which_or_all(paged):
    other = make_page(make_incident(), paged.user)
    address = address_of(paged, other)
    Notification.objects.filter(pk=other.pk).update(merged_into=paged)

    answer(paged, "ack", address, message_id="1@x")
    answer(paged, f"ack {other.incident_id}", address, message_id="2@x")
    assert told(paged)[0].startswith("Which one?")
    assert (status_of(paged), status_of(other)) == ("open", "acknowledged")

    answer(paged, "resolve all", address, message_id="3@x")
    assert {status_of(paged), status_of(other)} == {"resolved"}


@pytest.mark.parametrize(
    "change",
    [
        {"verified_at": None},
        {"is_enabled": False},
    ],
)
def test_an_address_that_is_not_used_any_more_acts_no_more(paged, change):
    ContactMethod.objects.filter(pk=paged.contact_method_id).update(**change)

    assert answer(paged, "ack") == []

    assert status_of(paged) == "open"


def test_an_answer_is_good_for_as_long_as_the_links_are(paged, settings):
    settings.ACTION_LINK_DAYS = 0

    answer(paged, "ack")

    assert status_of(paged) == "open"


def test_a_forged_address_is_no_mailbox(paged):
    right = address_of(paged)
    local = right.partition("@")[0]
    wrong = [f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{DOMAIN}"]
    wrong += [right.replace(f"+i{paged.incident_id}.", f"+i{paged.incident_id + 1}.")]
    wrong += [f"replies@{DOMAIN}", f"replies+i{paged.incident_id}@{DOMAIN}", f"other+{right}"]

    for address in wrong:
        with pytest.raises(store.UnknownMailbox):
            answer(paged, "ack", to=address)
        with pytest.raises(store.UnknownMailbox):
            store.check_recipient(address, None)

    assert status_of(paged) == "open"


def test_the_address_is_known_at_rcpt_in_whatever_case(paged):
    address = address_of(paged).upper()

    store.check_recipient(address, None)
    answer(paged, "ack", to=address)

    assert status_of(paged) == "acknowledged"


def test_who_answers_all_reaches_the_integration_beside_it(paged):
    make_mailbox("ops")

    [number] = deliver(mail("ack", message_id="1@x"), address_of(paged), f"ops@{DOMAIN}")

    assert InboundMessage.objects.get().pk == number
    assert status_of(paged) == "acknowledged"


def test_the_address_fits_before_the_at_and_survives_a_rotated_key(settings):
    address = reply_address(999_999_999, DELIVERY)

    assert len(address.partition("@")[0]) <= 64
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    found = read_reply_address(address)
    assert (found.incident_id, found.delivery) == (999_999_999, DELIVERY[:8])
    settings.SECRET_KEY_FALLBACKS = []
    assert read_reply_address(address) is None


@pytest.mark.parametrize(
    ("message", "mailbox"),
    [
        (make_message(make_brief(actions=())), "replies"),
        (make_message(event="test"), "replies"),
        (make_message(make_brief()), ""),
    ],
    ids=["nothing to do", "no incident", "switched off"],
)
def test_mails_that_nobody_is_to_answer_name_no_address(settings, message, mailbox):
    settings.INBOUND_MAIL_REPLIES = mailbox
    found = mail_of(message, "jane@example.com")

    assert (found.reply_to, found.mime().reply_to) == ("", [])
    assert "answer this mail" not in found.text + found.html


def test_the_mail_says_what_to_answer():
    one = mail_of(make_message(make_brief(7)), "jane@example.com")
    two = mail_of(make_message(make_brief(7), make_brief(8)), "jane@example.com")

    assert "Or answer this mail: ack, resolve." in one.text
    assert "Or answer this mail: ack all, ack 8, resolve 8." in two.text
    assert "answer this mail" in one.html
    assert one.mime().message()["Reply-To"] == one.reply_to
    assert answers.is_for_answers(one.reply_to)
