"""What a call says before its menu."""

import pytest

from notifications.message.spoken import MAX_CHARS, digits_apart, spoken_text
from tests.notifications.samples import make_brief, make_message


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            make_message(make_brief()),
            "OpsPortal. Critical. Incident 1 0 4 2. Web Application: High CPU on web 01.",
        ),
        (
            make_message(make_brief(is_test=True)),
            "OpsPortal. This is a test. Critical. Incident 1 0 4 2. Web Application: High CPU on "
            "web 01.",
        ),
        (
            make_message(make_brief(), delayed_by_s=840, may_repeat=True),
            "OpsPortal. This call is 14 minutes late. You may have heard this before. Critical. "
            "Incident 1 0 4 2. Web Application: High CPU on web 01.",
        ),
        (
            make_message(make_brief(status="resolved"), event="incident.resolved"),
            "OpsPortal. Resolved. Critical. Incident 1 0 4 2. Web Application: High CPU on web 01.",
        ),
        (
            make_message(make_brief(1), make_brief(2, severity="warning")),
            "OpsPortal. 2 incidents, 1 critical. The worst: Web Application: High CPU on web 01.",
        ),
        (
            make_message(event="verification", code="1234"),
            "OpsPortal. Your code is 1, 2, 3, 4. Again: 1, 2, 3, 4.",
        ),
        (
            make_message(event="test"),
            "OpsPortal. This is a test. Test message from OpsPortal.",
        ),
        (
            make_message(event="notice", title="Your shift begins", text="At 9"),
            "OpsPortal. Your shift begins. At 9.",
        ),
    ],
)
def test_the_most_important_is_said_first(message, words):
    assert spoken_text(message) == words


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("<b>disk_full</b> & /var!", "Web Application: b disk full b var."),
        ("Überlast bei „Kasse“", "Web Application: Überlast bei Kasse."),
        ("97 % at 12:30, it's hot", "Web Application: 97 % at 12:30, it's hot."),
    ],
)
def test_signs_that_a_voice_would_spell_are_left_out(title, said):
    assert spoken_text(make_message(make_brief(title=title))).endswith(said)


def test_it_is_never_longer_than_twenty_seconds():
    assert len(spoken_text(make_message(make_brief(title="word " * 400)))) <= MAX_CHARS


def test_numbers_of_incidents_are_read_digit_by_digit():
    assert digits_apart("Yours: #1042 acknowledged.") == "Yours: 1 0 4 2 acknowledged."


@pytest.mark.parametrize(
    ("bridge", "found"),
    [
        ("+49 30 1234, code 77 · https://meet.example/x1", "+49 30 1234, code 77"),
        ("https://meet.example/1 · +1 500", "+1 500"),
        ("https://meet.example/1", ""),
        ("ask Bob", ""),
        ("", ""),
    ],
)
def test_of_a_bridge_the_telephone_number_is_found(bridge, found):
    assert make_brief(bridge=bridge).dial_in == found
