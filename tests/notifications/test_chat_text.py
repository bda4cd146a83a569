"""What a message says in a chat, whatever the markup of the chat is."""

from html import escape

import pytest

from notifications.message.chat_text import Markup, chat_text
from tests.notifications.samples import make_brief, make_message

HTML = Markup(escape=escape, bold="<b>{}</b>".format, link='<a href="{1}">{0}</a>'.format)
NOBODY_ACTS = make_brief(actions=())


def test_of_one_incident_it_says_what_where_and_why_you():
    message = make_message(make_brief(summary="CPU is at 97 %"))

    assert chat_text(message, limit=4000) == (
        "[critical] Web Application: Incident #1042: High CPU on web-01\n\n"
        "Service: Web Application\nSeverity: critical\nUrgency: high\nStatus: open\n"
        "Assigned to: nobody yet\nOpened: 2026-01-23 10:30 UTC\n\n"
        "CPU is at 97 %\n\n"
        "Why you: step 2 of policy Web: you are secondary of Team Web\n\n"
        "Acknowledge: https://ops.example/a/ack1042/\nResolve: https://ops.example/a/res1042/\n"
        "Open #1042: https://ops.example/incidents/1042/"
    )


def test_of_several_it_is_a_list_and_each_can_be_acknowledged():
    message = make_message(make_brief(1), make_brief(2), url="https://ops.example/incidents/")

    lines = chat_text(message, limit=4000).splitlines()

    assert "#2 critical: High CPU on web-01 (Web Application), open" in lines
    assert lines[-3:] == [
        "Acknowledge #2: https://ops.example/a/ack2/",
        "Acknowledge #1: https://ops.example/a/ack1/",
        "Open: https://ops.example/incidents/",
    ]


@pytest.mark.parametrize(
    ("message", "first", "last"),
    [
        (
            make_message(event="verification", code="123456", reason=""),
            "123456 is your OpsPortal code",
            "Your code is 123456. Enter it in OpsPortal to confirm this address.",
        ),
        (
            make_message(event="notice", title="Your shift", text="At 9", url="https://o/s/"),
            "Your shift",
            "Open: https://o/s/",
        ),
        (
            make_message(event="test"),
            "Test message from OpsPortal",
            "Why you: step 2 of policy Web: you are secondary of Team Web",
        ),
        (
            make_message(NOBODY_ACTS, event="incident.workflow", own_title="Look", own_text="Here"),
            "[critical] Web Application: Look",
            "Open #1042: https://ops.example/incidents/1042/",
        ),
        (
            make_message(NOBODY_ACTS, delayed_by_s=600, may_repeat=True),
            "[critical] Web Application: Incident #1042: High CPU on web-01",
            "Open #1042: https://ops.example/incidents/1042/",
        ),
    ],
    ids=["verification", "notice", "test", "workflow", "late"],
)  # fmt: skip
def test_every_other_event_begins_and_ends_well(message, first, last):
    lines = chat_text(message, limit=4000).splitlines()

    assert (lines[0], lines[-1]) == (first, last)
    assert not any(message.url and line == message.url for line in lines)


def test_what_is_late_says_so_before_anything_else():
    late = make_message(NOBODY_ACTS, delayed_by_s=600)

    assert chat_text(late, limit=4000).splitlines()[2] == "This message comes 10 min late."


@pytest.mark.parametrize("limit", [200, 500, 1024])
def test_it_is_cut_in_the_middle_by_the_length_of_what_is_escaped(limit):
    message = make_message(make_brief(summary="<&>" * 500))

    text = chat_text(message, HTML, limit=limit)

    assert len(text) <= limit
    assert text.startswith("<b>[critical] Web Application: Incident #1042: High CPU on web-01</b>")
    assert text.endswith('<a href="https://ops.example/incidents/1042/">Open #1042</a>')


def test_where_actions_take_half_of_the_room_they_are_left_out():
    assert "ack1042" not in chat_text(make_message(make_brief()), limit=150)


def test_who_may_not_act_is_offered_nothing():
    assert "Acknowledge" not in chat_text(make_message(NOBODY_ACTS), limit=4000)
