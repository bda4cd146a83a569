"""The words of a message, before any channel has them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.message.message import Message, compose, duration
from tests.notifications.samples import DELIVERY, OPENED, SENT, SITE, make_brief, make_message


def test_one_incident_is_told_in_full():
    message = make_message(
        make_brief(priority="P1", assignee="Jane Doe", summary="load 95\nsince 5")
    )

    assert message.title == "Incident #1042: High CPU on web-01"
    assert message.body == (
        "High CPU on web-01\n\n"
        "Service: Web Application\nSeverity: critical\nPriority: P1\nUrgency: high\n"
        "Status: open\nAssigned to: Jane Doe\nOpened: 2026-01-23 10:30 UTC\n\n"
        "load 95\nsince 5\n\n"
        "https://ops.example/incidents/1042/\n\n"
        "Why you: step 2 of policy Web: you are secondary of Team Web"
    )
    assert message.url == "https://ops.example/incidents/1042/"


def test_times_are_told_in_the_zone_of_the_reader():
    draft = Message(
        event="incident.triggered",
        recipient="Jane",
        delivery_id=DELIVERY,
        sent_at=SENT,
        incidents=(make_brief(),),
    )

    message = compose(draft, zone=ZoneInfo("Asia/Kolkata"))

    assert "Opened: 2026-01-23 16:00 IST" in message.body


@pytest.mark.parametrize(
    ("event", "title"),
    [
        ("incident.triggered", "Incident #1: Disk"),
        ("incident.acknowledged", "Acknowledged #1: Disk"),
        ("incident.resolved", "Resolved #1: Disk"),
        ("incident.reopened", "Reopened #1: Disk"),
        ("incident.sla_breached", "SLA breached #1: Disk"),
        ("test", "Test #1: Disk"),
    ],
)
def test_the_title_says_what_happened(event, title):
    assert make_message(make_brief(1, title="Disk"), event=event).title == title


def test_several_incidents_become_one_message_that_names_them_all_worst_first():
    message = make_message(
        make_brief(1, severity="warning", urgency="low"),
        make_brief(2, severity="error"),
        make_brief(3, opened_at=OPENED),
        make_brief(4, opened_at=OPENED + timedelta(minutes=1), status="on_hold"),
        url=f"{SITE}/incidents/",
    )

    assert message.title == "4 incidents, 2 critical: #4 High CPU on web-01"
    assert message.body.splitlines()[:5] == [
        "#4 critical: High CPU on web-01 (Web Application), on hold",
        "#3 critical: High CPU on web-01 (Web Application), open",
        "#2 error: High CPU on web-01 (Web Application), open",
        "#1 warning: High CPU on web-01 (Web Application), open",
        f"{SITE}/incidents/",
    ]


def test_five_hundred_incidents_are_still_a_short_message():
    briefs = [make_brief(n, title="x" * 1024) for n in range(500)]

    message = make_message(*briefs, url=f"{SITE}/incidents/")

    assert f"and 480 more: {SITE}/incidents/" in message.body
    assert len(message.body) < 4000
    assert len(message.title) <= 200
    assert (len(message.incidents), len(message.listed), message.unlisted) == (500, 20, 480)


def test_a_message_that_may_be_a_repeat_says_so_first():
    message = make_message(make_brief(), may_repeat=True)

    assert message.body.startswith("You may have had this before")


def test_a_late_message_says_how_late():
    message = make_message(make_brief(), delayed_by_s=3 * 3600 + 5 * 60)

    assert message.body.startswith("This message comes 3 h 5 min late.")


def test_a_message_in_time_says_nothing_of_the_time():
    assert make_message(make_brief(), delayed_by_s=59).warnings == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(60, "1 min"), (3600, "1 h"), (5400, "1 h 30 min"), (86400, "1 d"), (100_000, "1 d 3 h")],
)
def test_a_duration_has_two_units_at_most(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("event", "brief", "urgent"),
    [
        ("incident.triggered", {}, True),
        ("incident.reopened", {}, True),
        ("incident.sla_breached", {}, True),
        ("incident.triggered", {"urgency": "low"}, False),
        ("incident.triggered", {"status": "acknowledged"}, False),
        ("incident.acknowledged", {}, False),
        ("incident.resolved", {"status": "resolved"}, False),
        ("test", {}, False),
    ],
)
def test_only_what_asks_for_somebody_now_is_urgent(event, brief, urgent):
    assert make_message(make_brief(**brief), event=event).urgent is urgent


@pytest.mark.parametrize("end", ["\r\n", *"\n\r\v\f\x00\x1b\x1c\x85\u2028\u2029"])
def test_a_title_is_one_line_whatever_the_sender_wrote(end):
    message = make_message(make_brief(title=f"Disk{end}Bcc: all@example.com\x00\t full"))

    assert message.title == "Incident #1042: Disk Bcc: all@example.com full"


def test_a_long_summary_is_cut():
    assert len(make_message(make_brief(summary="y" * 15_000)).body) < 2000


def test_a_verification_holds_the_code():
    message = make_message(event="verification", code="123456", reason="")

    assert message.title == "123456 is your OpsPortal code"
    assert "Your code is 123456." in message.body


def test_a_test_without_an_incident_says_that_it_is_one():
    message = make_message(event="test")

    assert message.title == "Test message from OpsPortal"
    assert message.body.startswith("This is a test.")


def test_a_message_of_tests_alone_says_so_in_its_title_and_first():
    one = make_message(make_brief(1, title="Disk", is_test=True))
    two = make_message(make_brief(1, is_test=True), make_brief(2, is_test=True))

    assert one.title == "TEST: Incident #1: Disk"
    assert one.body.startswith("This is a test that somebody asked for. Nothing is wrong.")
    assert two.title == "TEST: 2 incidents: #2 High CPU on web-01"


def test_among_real_incidents_a_test_is_last_marked_and_not_counted():
    message = make_message(make_brief(1, severity="error"), make_brief(2, is_test=True))

    assert message.title == "2 incidents: #1 High CPU on web-01"
    assert message.body.startswith("Some of these are tests. They are marked so.")
    assert "TEST #2 critical: High CPU" in message.body
    assert "TEST #1" not in message.body


@pytest.mark.parametrize(
    ("briefs", "event", "subject"),
    [
        ([{}], "incident.triggered", "[critical] Shop: Incident #1: Disk"),
        ([{"severity": "info"}], "incident.resolved", "[info] Shop: Resolved #1: Disk"),
        ([{"is_test": True}], "incident.triggered", "TEST: [critical] Shop: Incident #1: Disk"),
        ([{"service": ""}], "incident.triggered", "[critical] Incident #1: Disk"),
        (
            [{"severity": "warning"}, {"severity": "error"}],
            "incident.triggered",
            "[error] Shop: 2 incidents: #2 Disk",
        ),
        (
            [{"service": "A"}, {"service": "B"}, {"service": "C"}],
            "incident.triggered",
            "[critical] C and 2 more: 3 incidents, 3 critical: #3 Disk",
        ),
    ],
)
def test_the_subject_of_a_mail_carries_severity_and_service(briefs, event, subject):
    fields = {"title": "Disk", "service": "Shop"}
    made = [make_brief(n + 1, **(fields | brief)) for n, brief in enumerate(briefs)]

    assert make_message(*made, event=event).subject == subject


def test_a_subject_is_one_line_of_bounded_length():
    message = make_message(make_brief(service="a\r\nBcc: x@example.com" * 40, title="y" * 1000))

    assert len(message.subject) <= 200
    assert "\n" not in message.subject
    assert "yyy" in message.subject


def test_a_code_and_a_channel_test_have_their_title_as_subject():
    code = make_message(event="verification", code="123456", reason="")

    assert code.subject == code.title
    assert make_message(event="test").subject == "Test message from OpsPortal"
