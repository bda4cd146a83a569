"""A message without markup: what it says first, and what is cut where there is no room."""

import pytest

from notifications.message.plain_text import cut, offered, plain_text
from tests.notifications.samples import SITE, make_brief, make_message

ACK, RESOLVE = f"{SITE}/a/ack1042/", f"{SITE}/a/res1042/"


def test_the_links_of_what_its_reader_can_do_follow_the_body():
    message = make_message(make_brief())

    text = plain_text(message, 4000)

    assert text == f"{message.body}\n\nAcknowledge: {ACK}\nResolve: {RESOLVE}"


def test_who_may_not_act_is_offered_nothing():
    message = make_message(make_brief(actions=()))

    assert plain_text(message, 4000) == message.body


def test_of_several_the_first_can_be_acknowledged_each_by_its_number():
    message = make_message(*(make_brief(number) for number in range(1, 9)))

    labels = [action.label for action in offered(message)]

    assert labels == [f"Acknowledge #{number}" for number in (8, 7, 6, 5, 4)]


def test_the_subject_comes_first_where_there_is_no_title():
    message = make_message(make_brief())

    text = plain_text(message, 4000, with_subject=True)

    assert text.startswith("[critical] Web Application: Incident #1042: High CPU on web-01\n\n")


@pytest.mark.parametrize("limit", [70, 160, 400, 1000, 3000])
@pytest.mark.parametrize("letter", ["x", "ü", "😀"])
def test_what_is_too_long_is_cut_in_bytes_and_the_link_to_the_incident_stays(limit, letter):
    message = make_message(make_brief(title=letter * 900, summary=letter * 5000))

    text = plain_text(message, limit, with_subject=True)

    assert len(text.encode()) <= limit
    assert f"{SITE}/incidents/1042/" in text.split()
    assert "…" in text


def test_links_stay_whole_where_there_is_room_for_them():
    message = make_message(make_brief(summary="x" * 5000))

    lines = plain_text(message, 500).splitlines()

    assert lines[-3:-1] == [f"Resolve: {RESOLVE}", ""]
    assert f"Acknowledge: {ACK}" in lines


def test_without_any_link_all_the_room_is_for_the_text():
    message = make_message(event="verification", code="123456")

    assert plain_text(message, 4000) == message.body
    assert cut("abcdef", 5) == "ab…"
    assert cut("abcdef", 6) == "abcdef"
