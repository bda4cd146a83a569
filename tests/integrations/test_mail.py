"""Mails from the envelope to the incident, whichever way they come in."""

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import Alert, Incident
from integrations.mail import addresses, store
from integrations.mail.incoming import IncomingMail
from integrations.models import InboundMessage, Integration
from integrations.setup import edit, integrations, replay, security
from notifications.message.mail import headers_of
from tests.factories import make_service
from tests.integrations.mails import DOMAIN, deliver, mail, make_mailbox, nagios
from tests.integrations.posting import log, work
from tests.notifications.samples import SITE, make_brief, make_message

pytestmark = pytest.mark.django_db
A_DELIVERY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(autouse=True)
def domain(settings):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN
    settings.SITE_URL = "http://localhost:8000"
    settings.DEFAULT_FROM_EMAIL = f"OpsPortal <pager@{DOMAIN}>"


def only(**fields):
    """A filter that takes mails whose field contains a text."""
    [(path, text)] = fields.items()
    return {"all": [{"path": path, "operator": "contains", "values": [text]}]}


def test_nagios_problem_acknowledgement_and_recovery_are_one_alert():
    make_mailbox("nagios", "nagios-email")

    for name in ("open", "acknowledgement", "close"):
        deliver(nagios(name), f"nagios@{DOMAIN}")
        work()

    [alert] = Alert.objects.all()
    assert alert.incident.title == "web-1/HTTP is CRITICAL"
    assert alert.incident.status == Incident.Status.RESOLVED
    assert log() == ["Mapped (opened)", "Mapped (updated)", "Mapped (closed)"]


def test_a_host_and_its_service_are_two_alerts():
    make_mailbox("nagios", "nagios-email")

    for name in ("open", "open-host", "close-host"):
        deliver(nagios(name), f"nagios@{DOMAIN}")
    work()

    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapped (closed)"]
    assert Incident.objects.unresolved().count() == 1


def test_every_mail_opens_where_nothing_else_is_said():
    make_mailbox()

    deliver(mail("first", message_id="1@x"))
    deliver(mail("second", message_id="2@x"))
    work()

    assert log() == ["Mapped (opened)", "Mapped (opened)"]


def test_the_mail_is_kept_as_it_came_with_its_envelope():
    make_mailbox()
    raw = mail("Host: web-1", message_id="1@x")

    [number] = deliver(raw, f"Ops@{DOMAIN}")

    message = InboundMessage.objects.get(pk=number)
    assert (message.route, message.content_type) == ("mail", "message/rfc822")
    trace = f"Return-Path: <monitor@example.com>\r\nDelivered-To: Ops@{DOMAIN}\r\n"
    assert bytes(message.body) == trace.encode() + raw


@pytest.mark.parametrize(
    ("headers", "sender", "reason"),
    [
        ({"Auto-Submitted": "auto-replied"}, "a@b.c", "automatic reply"),
        ({"Auto-Submitted": "auto-replied; owner-email=x"}, "a@b.c", "automatic reply"),
        ({"Precedence": "auto_reply"}, "a@b.c", "automatic reply"),
        ({"X-Autoreply": "yes"}, "a@b.c", "automatic reply"),
        ({"In-Reply-To": f"<incident-12.{A_DELIVERY}@localhost>"}, "a@b.c", "a reply"),
        ({"References": f"<1@x> <test.{A_DELIVERY}@LOCALHOST>"}, "", "a reply"),
        ({"References": "<incident-12@localhost>"}, "a@b.c", "a reply"),
        (
            {"Content-Type": "multipart/report; report-type=delivery-status; boundary=b"},
            "",
            "a bounce",
        ),
        ({"From": f"OpsPortal <pager@{DOMAIN}>"}, "a@b.c", "this portal's own address"),
    ],
)
def test_what_no_system_wrote_about_itself_opens_nothing(headers, sender, reason):
    make_mailbox()

    deliver(mail(**{k.replace("-", "_"): v for k, v in headers.items()}), sender=sender)
    work()

    assert log() == ["Mapped Ignored"]
    assert reason in InboundMessage.objects.get().reason
    assert not Incident.objects.exists()


@pytest.mark.parametrize("sender", ["monitor@example.com", ""])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "auto-notified; owner-email=x"},
        {"Precedence": "bulk"},
        {"Precedence": "junk"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "All", "In_Reply_To": "<host-7@nagios.example.com>"},
        # Another program on the host of the portal, which threads its own mails.
        {"In_Reply_To": "<20260302.7.nagios@localhost>", "References": "<incident-x@localhost>"},
        {"References": f"<incident-12.{A_DELIVERY}@other.example.com>"},
        {"X_Autoreply": "no"},
    ],
)
def test_what_monitoring_sends_by_itself_opens(headers, sender):
    """Also with the null sender, by which it says that nobody shall answer."""
    make_mailbox()

    deliver(mail(**headers), sender=sender)
    work()

    assert log() == ["Mapped (opened)"]


@pytest.mark.parametrize(
    "sent",
    [
        make_message(make_brief(12)),
        make_message(make_brief(12), make_brief(13)),
        make_message(event="test", url="https://ops.example/"),
    ],
    ids=["incident", "merged", "test"],
)
def test_a_reply_to_any_mail_that_the_portal_sends_opens_nothing(settings, sent):
    """Read off the headers that are sent, whatever they look like."""
    settings.SITE_URL = SITE
    make_mailbox()
    headers = headers_of(sent)

    for name in {"Message-ID", "References"} & headers.keys():
        deliver(mail("I am on holiday.", **{"In-Reply-To": headers[name]}))
    work()

    assert set(log()) == {"Mapped Ignored"}
    assert "a reply: it refers to a mail of this portal" in InboundMessage.objects.first().reason


def test_the_same_message_id_counts_once():
    make_mailbox()
    raw = mail("Host: web-1", message_id="1@x")

    deliver(raw)
    work()
    deliver(b"Received: by another server\r\n" + raw)
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]
    assert Alert.objects.get().count == 1


def test_a_mail_twice_in_one_batch_counts_once():
    make_mailbox()
    raw = mail(message_id="1@x")

    deliver(raw)
    deliver(raw)
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]


def test_two_mails_alike_without_an_id_are_two():
    make_mailbox()

    deliver(mail())
    deliver(mail())
    work()

    assert "retry" not in " ".join(log())
    assert InboundMessage.objects.values("body_digest").distinct().count() == 2


def test_a_mail_to_two_mailboxes_is_a_message_of_each():
    make_mailbox("ops")
    make_mailbox("db")

    found = deliver(mail(message_id="1@x"), f"ops@{DOMAIN}", f"db@{DOMAIN}", f"ops+x@{DOMAIN}")
    work()

    assert len(found) == 2
    assert log() == ["Mapped (opened)", "Mapped (opened)"]


def test_of_several_on_one_mailbox_the_first_that_accepts_takes_it():
    first = make_mailbox(sequence=1)
    integrations.change_rules(first.pk, first.rules | {"filters": only(**{"from": "backup@"})})
    second = make_mailbox(sequence=2)

    deliver(mail())
    deliver(mail(From="backup@example.com"))
    work()

    takers = InboundMessage.objects.order_by("pk").values_list("integration", flat=True)
    assert list(takers) == [second.pk, first.pk]


def test_a_mail_counts_once_whoever_of_a_mailbox_took_it():
    first = make_mailbox(sequence=1)
    integrations.change_rules(first.pk, first.rules | {"filters": only(subject="nothing")})
    make_mailbox(sequence=2)

    for _ in range(2):
        deliver(mail(message_id="1@x"))
        work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]


@pytest.mark.parametrize("path", ["subject", "text", "from", "recipients", "priority"])
def test_filters_look_at_every_part_of_a_mail(path):
    words = {"subject": "Disk", "text": "web-1", "from": "monitor@", "recipients": "ops@"}
    row = make_mailbox()
    fits = row.rules | {"filters": only(**{path: words.get(path, "high")})}
    integrations.change_rules(row.pk, fits)

    deliver(mail(X_Priority="1", message_id="1@x"))
    deliver(mail("other", "other", From="x@y.z", To="z@y.x", message_id="2@x"), f"ops+z@{DOMAIN}")
    work()

    assert log() == ["Mapped (opened)", "Mapping Failed"]


def test_a_mail_to_a_mailbox_that_nobody_has_is_refused():
    make_mailbox()

    with pytest.raises(store.UnknownMailbox):
        deliver(mail(), f"nobody@{DOMAIN}")

    assert not InboundMessage.objects.exists()


def test_a_mail_to_a_disabled_integration_is_refused_and_kept():
    integrations.set_enabled(make_mailbox().pk, False)

    with pytest.raises(store.MailboxClosed):
        deliver(mail())

    assert log() == ["Rejected"]


def test_a_disabled_one_leaves_the_mailbox_to_the_next():
    integrations.set_enabled(make_mailbox(sequence=1).pk, False)
    second = make_mailbox(sequence=2)

    deliver(mail())
    work()

    assert InboundMessage.objects.get().integration == second


def test_above_the_rate_mails_are_kept_and_worked_off_later():
    make_mailbox(rate_limit=1)

    deliver(mail(message_id="1@x"))
    deliver(mail(message_id="2@x"))

    late = InboundMessage.objects.latest("pk")
    assert late.answer == 429
    assert late.ready_at > timezone.now()


def test_a_signature_secret_is_about_what_is_posted_and_not_about_mails():
    row = make_mailbox()
    security.change_signature(row.pk, "generic", "a secret of sixteen")

    deliver(mail())
    work()

    assert log() == ["Mapped (opened)"]


def test_what_is_no_mail_is_kept_and_says_so():
    make_mailbox()

    deliver(b"\x00\x01 no header at all")

    # The lines of the envelope make a mail of it: it is shown, and it opens.
    work()
    assert log() == ["Mapped (opened)"]


def test_a_mail_can_be_replayed():
    make_mailbox()
    [number] = deliver(mail(message_id="1@x"))
    work()

    [result] = replay.dry_run(number)

    assert result.result == "appended"


def test_a_mail_posted_to_the_url_of_the_integration_is_read_as_a_mail(client):
    row = make_mailbox()

    answer = client.post(f"/POSTAlert/{row.token}/x", mail(), content_type="message/rfc822")
    work()

    assert answer.status_code == 202
    assert log() == ["Mapped (opened)"]


def test_the_sample_mail_goes_the_whole_way_as_a_test():
    row = make_mailbox("nagios", "nagios-email")

    message = replay.send_sample(row.pk)

    assert message.is_test
    assert (message.status, message.action) == ("mapped", "opened")
    assert message.content_type == "message/rfc822"


@pytest.mark.parametrize(
    "written",
    ["Ops@OPSPORTAL.Test", "OPS@opsportal.test", "ops+web-1@opsportal.test", "oPs+A+b@{}"],
)
def test_an_address_is_found_in_any_case_and_with_any_tag(written):
    make_mailbox()

    address = written.format(DOMAIN)
    store.check_recipient(address, IncomingMail(b"", (address,), ""))  # It raises where it refuses.
    deliver(mail(), address)
    work()

    assert log() == ["Mapped (opened)"]


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("[composeupdate] Done.", "closed"),
        ("Re: [ComposeUpdate]  done. web-1", "closed"),
        ("[composeupdate] Not Done.", "opened"),
        ("[other] Done.", "opened"),
        ("composeupdate failed", "opened"),
    ],
)
def test_without_opening_words_all_but_the_closing_phrase_opens(subject, wanted):
    rules = {"fields": {"subject": "subject", "source_id": {"static": "update"}}}
    phrase = {"path": "subject", "operator": "contains word", "values": ["[composeupdate] Done."]}
    make_mailbox(rules={**rules, "source": "Mail", "close_when": phrase})
    deliver(mail(subject="[composeupdate] Failed."))
    work()

    deliver(mail(subject=subject))
    work()

    assert log()[0] == "Mapped (opened)"
    assert log()[1] == ("Mapped (closed)" if wanted == "closed" else "Mapped Appended")


@pytest.mark.parametrize("name", ["", "a b", "-x", "x.", "a..b", "ä", "x" * 65, "a@elsewhere.com"])
def test_a_mailbox_that_no_mail_could_reach_is_refused(name):
    with pytest.raises(InvalidRequest, match="mailbox"):
        make_mailbox(name)


def test_a_mailbox_is_kept_in_lower_case_and_without_the_domain():
    assert make_mailbox(f"Nagios@{DOMAIN}").mailbox == "nagios"


def test_other_channels_have_no_mailbox():
    with pytest.raises(InvalidRequest, match="only integrations of the channel Email"):
        integrations.create_integration("odown", service=make_service(), mailbox="ops")


def test_a_clone_shares_the_mailbox_and_the_address_is_shown():
    clone = edit.clone_integration(make_mailbox().pk)

    assert (clone.mailbox, clone.kind) == ("ops", Integration.Kind.EMAIL)
    assert clone.address == f"ops@{DOMAIN}"
    assert addresses.recipient_integration(clone.address).sequence == 0
