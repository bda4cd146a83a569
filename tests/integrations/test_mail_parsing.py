"""What rules see of a mail, whatever somebody put into it."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.decoding import decode, html_text
from integrations.decoding.mime import RFC822, parse
from integrations.errors import UnreadableBody
from integrations.mail.trimming import fit
from tests.integrations.mails import mail


def test_a_mail_is_a_tree_of_values():
    raw = mail("Host: web-1\r\nState: down", "Disk full", "1@example.com", X_Priority="1 (Highest)")

    found = decode.decode(raw, RFC822)

    assert found["subject"] == "Disk full"
    assert (found["from"], found["from_name"]) == ("monitor@example.com", "Monitor")
    assert found["to"] == ["ops@opsportal.test"]
    assert found["message_id"] == "1@example.com"
    assert found["priority"] == "high"
    assert found["text"] == "Host: web-1\nState: down"
    assert found["headers"]["x-priority"] == "1 (Highest)"


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("=?utf-8?B?w4Q=?=\r\n =?utf-8?B?w5Y=?=", "ÄÖ"),
        ("=?utf-8?B?w4TD?==?utf-8?B?lg==?=", "ÄÖ"),
        ("=?utf-8?q?St=C3=B6rung_auf?= web-1", "Störung auf web-1"),
        ("=?no-such-charset?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        ("rohe Umlaute: ä", "rohe Umlaute: ä"),
        ("two\r\n lines", "two lines"),
    ],
)
def test_subjects_are_decoded(raw, subject):
    assert parse(mail(subject=raw))["subject"] == subject


@pytest.mark.parametrize(
    ("header", "value", "priority"),
    [
        ("X-Priority", "2", "high"),
        ("X-Priority", "3 (Normal)", "normal"),
        ("X-Priority", "5", "low"),
        ("Importance", "High", "high"),
        ("Priority", "non-urgent", "low"),
        ("X-Priority", "nonsense", "normal"),
    ],
)
def test_the_priority_is_one_of_three_words(header, value, priority):
    assert parse(mail(**{header.replace("-", "_"): value}))["priority"] == priority


def test_html_alone_becomes_text():
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><!-- <p>no</p> -->"
        "<p>Host:&nbsp;web-1<br>State: <b>down</b></p><script>alert(1)</script>"
        "<table><tr><td>a</td><td>b</td></tr></table></body></html>"
    )

    found = parse(mail(html, Content_Type="text/html; charset=utf-8"))

    assert found["text"] == "Host: web-1\nState: down\n\na b"


def test_the_plain_part_is_preferred_and_attachments_are_listed():
    message = EmailMessage()
    message["Subject"] = "Report"
    message.set_content("Plain: yes")
    message.add_alternative("<p>HTML</p>", subtype="html")
    message.add_attachment(b"MZ\x00", maintype="application", subtype="exe", filename="run.exe")
    message.add_attachment("text too", filename="log.txt")

    found = parse(message.as_bytes())

    assert found["text"] == "Plain: yes"
    assert [(f["name"], f["type"], f["size"]) for f in found["attachments"]] == [
        ("run.exe", "application/exe", 3),
        ("log.txt", "text/plain", 9),
    ]
    assert len(found["attachments"][0]["sha256"]) == 64


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "no-such", "us-ascii", "punycode"])
def test_umlauts_survive_what_the_charset_says(charset):
    raw = mail("", Content_Type=f"text/plain; charset={charset}")
    body = "Störung".encode("iso-8859-1" if charset == "iso-8859-1" else "utf-8")

    assert parse(raw + body)["text"] == "Störung"


def test_a_large_attachment_is_cut_out_and_still_listed():
    message = EmailMessage()
    message["Subject"] = "Report"
    message.set_content("What a person wrote")
    content = bytes(range(256)) * 8000
    message.add_attachment(content, maintype="application", subtype="zip", filename="dump.zip")

    kept = fit(message.as_bytes(), 1024 * 1024)
    found = parse(kept)

    assert len(kept) < 2000
    assert found["text"] == "What a person wrote"
    [listed] = found["attachments"]
    assert (listed["name"], listed["size"]) == ("dump.zip", len(content))
    assert listed["sha256"] == parse(message.as_bytes())["attachments"][0]["sha256"]


def test_a_very_long_text_is_cut_and_its_start_stays():
    raw = mail("Host: web-1\r\n" + "ä" * 2_000_000, Content_Type="text/plain; charset=utf-8")

    found = parse(fit(raw, 1024 * 1024))

    assert found["text"].startswith("Host: web-1\nää")


NEST = b"".join(
    b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (i, i) for i in range(5000)
)
ATTACKS = {
    "nested parts": b"Subject: deep\n" + NEST,
    "sibling parts": b"Subject: wide\nContent-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\nx\n" * 60_000,
    "lines": b"Subject: long\n\n" + b"\n" * 1_000_000,
    "addresses": b"Subject: many\nTo: " + b'"a" <a@b.c>, ' * 80_000 + b"\n\n",
    "parameters": b"Subject: p\nContent-Type: text/plain;" + b" a*0=b;" * 100_000 + b"\n\n",
    "words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\n",
    "comments": b"Subject: c\nContent-Type: text/html\n\n" + b"<!--" * 250_000,
    "tags": b"Subject: t\nContent-Type: text/html\n\n" + b"<a" * 500_000,
    "base64": b"Subject: b\nContent-Transfer-Encoding: base64\n\n" + b"A" * 1_000_000,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_mail_takes_long_to_read(name):
    raw = ATTACKS[name][: 1024 * 1024]
    before = time.process_time()

    found = parse(raw)

    assert time.process_time() - before < 2
    assert found["subject"]


def test_a_mail_whose_parts_are_too_many_is_shown_as_one_text():
    found = parse(ATTACKS["nested parts"])

    assert "more than 40 parts" in found["problem"]
    assert found["text"].startswith("--0\nContent-Type: multipart")


@pytest.mark.parametrize("raw", [b"hello", b"{}", b"\x00\x01"])
def test_what_is_no_mail_is_said_so(raw):
    with pytest.raises(UnreadableBody, match="no mail"):
        decode.decode(raw, RFC822)


HEADERS = ["Subject", "From", "To", "Date", "Content-Type", "Content-Disposition", "MIME-Version"]
HEADERS += ["Content-Transfer-Encoding", "Message-ID", "X-Priority"]
LINES = st.tuples(st.sampled_from(HEADERS), st.binary(max_size=60)).map(
    lambda pair: pair[0].encode() + b": " + pair[1] + b"\r\n"
)
PIECES = st.sampled_from(
    [
        b'Content-Type: multipart/mixed; boundary="b"\r\n',
        b"Content-Type: message/rfc822\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Type: text/html; charset=\xff\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n",
        b"=?utf-8?b?",
        b"filename*=utf-8''%ff",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES | PIECES | st.binary(max_size=80), max_size=30).map(b"".join))
def test_whatever_comes_is_read_or_refused_with_a_reason(noise):
    raw = b"Subject: s\r\n" + noise

    found = parse(raw)

    assert found["subject"] is not None
    assert len(fit(raw, 500)) <= 500


@given(st.text(alphabet="<>/!-abp&;= \n", max_size=200))
def test_html_of_any_form_becomes_text(source):
    assert isinstance(html_text.text_of(source), str)
