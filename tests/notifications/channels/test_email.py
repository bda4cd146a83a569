"""Mails, handed to a real server on this machine."""

import email
import email.policy
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox

from notifications import smtp
from notifications.channels import all_channels
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import DELIVERY, make_brief, make_message
from tests.notifications.servers import free_port

EMAIL = all_channels()["email"]
CONFIG = {"address": "jane@example.com"}


def mail_of(mailbox, message, config=CONFIG):
    EMAIL.send(config, message)
    return email.message_from_bytes(mailbox.mails[-1].content, policy=email.policy.default)


def failure_of(message, config=CONFIG):
    with pytest.raises(DeliveryError) as failure:
        EMAIL.send(config, message)
    return failure.value


def parts_of(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def test_a_page_has_text_and_html_and_a_button_for_each_action(mailbox, settings):
    settings.DEFAULT_FROM_EMAIL = "OpsPortal <ops@example.com>"

    mail = mail_of(mailbox, make_message(make_brief(summary="load 95")))

    assert mail["Subject"] == "[critical] Web Application: Incident #1042: High CPU on web-01"
    assert (mail["To"], mail["From"]) == ("jane@example.com", "OpsPortal <ops@example.com>")
    for part in parts_of(mail):
        assert "load 95" in part
        assert "https://ops.example/a/ack1042/" in part
        assert "https://ops.example/a/res1042/" in part
        assert "step 2 of policy Web: you are secondary of Team Web" in part
        assert part.count("High CPU on web-01") >= 1


def test_text_and_html_show_the_clock_of_the_reader(mailbox):
    mail = mail_of(mailbox, make_message(make_brief(), zone=ZoneInfo("Asia/Kolkata")))

    assert all("2026-01-23 16:00 IST" in part for part in parts_of(mail))


def test_robots_are_asked_not_to_answer(mailbox):
    mail = mail_of(mailbox, make_message(make_brief()))

    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


def test_all_mails_of_one_incident_are_one_thread(mailbox):
    opened = mail_of(mailbox, make_message(make_brief()))
    resolved = mail_of(
        mailbox, make_message(make_brief(), event="incident.resolved", delivery_id="other")
    )

    assert opened["Message-ID"] == f"<incident-1042.{DELIVERY}@ops.example>"
    assert resolved["Message-ID"] == "<incident-1042.other@ops.example>"
    for mail in (opened, resolved):
        assert mail["In-Reply-To"] == mail["References"] == "<incident-1042@ops.example>"


def test_the_id_of_the_mail_is_given_back(mailbox):
    mail_id = EMAIL.send(CONFIG, make_message(make_brief()))

    assert mail_id == f"<incident-1042.{DELIVERY}@ops.example>"


def test_a_merged_mail_names_all_and_belongs_to_the_first(mailbox):
    message = make_message(make_brief(1, severity="info"), make_brief(2, title="Disk full"))

    mail = mail_of(mailbox, message)

    assert mail["References"] == "<incident-2@ops.example>"
    for part in parts_of(mail):
        assert "Disk full" in part
        assert "High CPU on web-01" in part


def test_a_verification_shows_the_code(mailbox):
    mail = mail_of(mailbox, make_message(event="verification", code="123456"))

    assert mail["Subject"] == "123456 is your OpsPortal code"
    assert all("123456" in part for part in parts_of(mail))
    assert mail["In-Reply-To"] is None


def test_a_mail_that_may_be_a_repeat_says_so(mailbox):
    mail = mail_of(mailbox, make_message(make_brief(), may_repeat=True, delayed_by_s=7200))

    for part in parts_of(mail):
        assert "You may have had this before" in part
        assert "This message comes 2 h late." in part


def test_what_a_sender_wrote_can_neither_add_a_header_nor_html(mailbox):
    title = "Größe <img src=x>\r\nBcc: all@example.com"

    mail = mail_of(mailbox, make_message(make_brief(title=title, summary="<script>")))

    text, html = parts_of(mail)
    what = "Incident #1042: Größe <img src=x> Bcc: all@example.com"
    assert mail["Subject"].strip() == f"[critical] Web Application: {what}"
    assert mail["Bcc"] is None
    assert mailbox.mails[0].rcpt_tos == ["jane@example.com"]
    assert "<script>" in text
    assert "<script>" not in html
    assert "<img" not in html


def test_an_address_with_a_line_break_is_refused_for_good(mailbox):
    failure = failure_of(make_message(make_brief()), {"address": "a@example.com\nBcc: b@x.example"})

    assert failure.permanent
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("command", "code", "permanent"),
    [("RCPT", 550, True), ("RCPT", 450, False), ("DATA", 550, False), ("DATA", 450, False)],
)
def test_a_refusal_is_final_only_where_it_is_of_the_mailbox(mailbox, command, code, permanent):
    mailbox.replies[command] = f"{code} no such mailbox"

    failure = failure_of(make_message(make_brief()))

    assert (failure.permanent, failure.ambiguous) == (permanent, False)
    assert str(failure) == f"The mail server answered {code}: no such mailbox"


def test_a_line_that_breaks_before_the_text_leaves_no_doubt(mailbox):
    mailbox.replies["RCPT"] = None

    failure = failure_of(make_message(make_brief()))

    assert (failure.permanent, failure.ambiguous) == (False, False)


def test_a_line_that_breaks_in_place_of_the_answer_to_the_text_leaves_doubt(mailbox):
    mailbox.replies["DATA"] = None

    failure = failure_of(make_message(make_brief()))

    assert (failure.permanent, failure.ambiguous) == (False, True)
    assert len(mailbox.mails) == 1


def test_an_answer_that_comes_too_late_is_not_taken_for_that_to_the_next_mail(mailbox, settings):
    settings.EMAIL_TIMEOUT = 1
    mailbox.replies["DATA"] = 1.5
    failure = failure_of(make_message(make_brief()))
    mailbox.replies.clear()

    EMAIL.send(CONFIG, make_message(make_brief()))

    assert failure.ambiguous
    assert (len(mailbox.mails), len(mailbox.lines)) == (2, 2)


def test_a_broken_line_does_not_spoil_the_next_mail(mailbox):
    mailbox.replies["RCPT"] = None
    failure_of(make_message(make_brief()))
    mailbox.replies.clear()

    EMAIL.send(CONFIG, make_message(make_brief()))

    assert len(mailbox.mails) == 1


def test_no_server_at_all_can_be_tried_again_and_the_setting_is_named(mailbox, settings):
    settings.EMAIL_PORT = free_port()

    failure = failure_of(make_message(make_brief()))

    assert (failure.permanent, failure.ambiguous) == (False, False)
    assert "EMAIL_HOST cannot be reached: Connection refused" in str(failure)


def test_mails_in_a_row_share_a_line(mailbox):
    for _ in range(3):
        EMAIL.send(CONFIG, make_message(make_brief()))

    assert len(mailbox.mails) == 3
    assert len(mailbox.lines) == 1


def test_a_line_that_idled_too_long_is_not_used_again(mailbox, monkeypatch):
    EMAIL.send(CONFIG, make_message(make_brief()))
    monkeypatch.setattr(smtp, "MAX_IDLE_S", -1)

    EMAIL.send(CONFIG, make_message(make_brief()))

    assert len(mailbox.lines) == 2


def test_a_line_that_the_server_has_dropped_meanwhile_costs_nothing(mailbox):
    EMAIL.send(CONFIG, make_message(make_brief()))
    mailbox.drop_line()

    EMAIL.send(CONFIG, make_message(make_brief()))

    assert (len(mailbox.mails), len(mailbox.lines)) == (2, 2)


@pytest.mark.parametrize("backend", ["console", "dummy"])
def test_a_backend_that_brings_mail_to_nobody_is_no_success(settings, backend):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    failure = failure_of(make_message(make_brief()))

    assert not failure.permanent
    assert "EMAIL_HOST" in str(failure)


def test_any_backend_of_django_can_be_configured():
    EMAIL.send(CONFIG, make_message(make_brief()))

    assert outbox.outbox[0].to == ["jane@example.com"]


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


def test_without_a_server_a_mail_is_written_once_however_often_it_is_tried(folder):
    for minutes in range(6):
        message = make_message(make_brief(), delayed_by_s=60 * minutes, may_repeat=minutes > 2)
        failure_of(message)

    [file] = folder.glob("*.eml")
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail["To"] == "jane@example.com"
    assert "High CPU on web-01" in mail.get_body(("plain",)).get_content()


def test_without_a_server_every_other_mail_is_written(folder):
    failure_of(make_message(make_brief()))
    failure_of(make_message(make_brief(), delivery_id="another"))
    failure_of(make_message(make_brief(1), make_brief(2)))

    assert len(list(folder.glob("*.eml"))) == 3


def test_the_text_of_a_merged_mail_has_the_links_of_each_incident(mailbox):
    briefs = [make_brief(n, severity="error" if n == 2 else "warning") for n in (1, 2, 3)]

    text, html = parts_of(mail_of(mailbox, make_message(*briefs, url="https://ops.example/all/")))

    for number in (1, 2, 3):
        for link in (f"a/ack{number}/", f"a/res{number}/", f"incidents/{number}/"):
            assert f"https://ops.example/{link}" in text
            assert f"https://ops.example/{link}" in html
    assert text.index("#2 error") < text.index("a/ack2/") < text.index("#3 warning")
    assert "Why you: step 2 of policy Web" in text
    assert "https://ops.example/all/" in text


def test_what_a_merged_mail_does_not_list_it_counts_in_text_too(mailbox):
    briefs = [make_brief(n) for n in range(25)]

    text, _ = parts_of(mail_of(mailbox, make_message(*briefs, url="https://ops.example/all/")))

    assert "and 5 more: https://ops.example/all/" in text
    assert text.count("Acknowledge: ") == 20
