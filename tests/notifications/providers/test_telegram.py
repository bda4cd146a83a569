"""What is sent to Telegram, and what its refusals mean."""

import pytest

from tests.notifications.providers.fakes import EVENTS, Vendor, every_event, failure, flags
from tests.notifications.providers.telegram_api import GROUP, PERSON, TELEGRAM, config, judge
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import hang_up


@pytest.fixture
def vendor(receiver):
    return Vendor(receiver, judge)


def keyboard(vendor):
    return vendor.jsons[-1]["reply_markup"]["inline_keyboard"]


@every_event
@pytest.mark.parametrize("acts", [True, False])
def test_every_event_is_taken_at_the_first_request(vendor, message, acts):
    accepted = TELEGRAM.send(config(vendor, has_buttons=acts), PERSON, message)

    assert accepted.provider_id == "123456789:42"
    assert len(vendor.paths) == 1


def test_the_title_is_first_and_the_words_of_people_are_escaped(vendor):
    TELEGRAM.send(config(vendor), PERSON, EVENTS["odd"])

    text = vendor.jsons[0]["text"]
    assert text.startswith(
        '🔴 <b>[critical] Incident #1042: &lt;b&gt;*x* @all &amp; "ü" 😀 &lt;/b&gt;</b>'
    )
    assert text.endswith('<a href="https://ops.example/incidents/1042/">Open #1042</a>')


def test_what_is_too_long_keeps_its_title_and_its_link(vendor):
    TELEGRAM.send(config(vendor), PERSON, EVENTS["long"])

    text = vendor.jsons[0]["text"]
    assert len(text.encode("utf-16-le")) // 2 <= 4096
    assert text.endswith("Open #1042</a>")


def test_without_a_public_address_buttons_are_links(vendor):
    TELEGRAM.send(config(vendor), PERSON, EVENTS["triggered"])

    assert keyboard(vendor) == [
        [
            {"text": "Acknowledge", "url": "https://ops.example/a/ack1042/"},
            {"text": "Resolve", "url": "https://ops.example/a/res1042/"},
        ],
        [{"text": "Open", "url": "https://ops.example/incidents/1042/"}],
    ]


def test_with_one_they_send_the_command(vendor):
    message = make_message(make_brief(paging_round=3))
    TELEGRAM.send(config(vendor, has_buttons=True), PERSON, message)

    assert [button.get("callback_data") for row in keyboard(vendor) for button in row] == [
        "acknowledge 1042:3",
        "resolve 1042:3",
        None,
    ]


def test_of_several_the_first_five_can_be_acknowledged_each(vendor):
    TELEGRAM.send(config(vendor, has_buttons=True), PERSON, EVENTS["several"])

    found = [row[0].get("callback_data") for row in keyboard(vendor)]
    assert found == [*(f"acknowledge {number}:0" for number in range(30, 25, -1)), None]
    assert "and 10 more" in vendor.jsons[0]["text"]


def test_a_group_has_buttons_too_since_who_presses_is_known(vendor):
    message = make_message(make_brief(actions=()))
    TELEGRAM.send(config(vendor, has_buttons=True), GROUP, message)
    TELEGRAM.send(config(vendor, has_buttons=True), PERSON, message)

    asked = [parts["reply_markup"]["inline_keyboard"][0][0]["text"] for parts in vendor.jsons]
    assert asked == ["Acknowledge", "Open"]
    assert vendor.jsons[0]["message_thread_id"] == 7


@pytest.mark.parametrize(
    ("name", "is_quiet"),
    [("triggered", False), ("low", True), ("resolved", True), ("verification", False)],
)
def test_only_what_is_urgent_or_awaited_makes_a_sound(vendor, name, is_quiet):
    TELEGRAM.send(config(vendor), PERSON, EVENTS[name])

    assert vendor.jsons[0]["disable_notification"] is is_quiet


@pytest.mark.parametrize(
    ("status", "words", "wanted"),
    [
        (403, "Forbidden: bot was blocked by the user", {"permanent", "address_fault"}),
        (403, "Forbidden: bot was kicked from the supergroup", {"permanent", "address_fault"}),
        (400, "Bad Request: chat not found", {"permanent", "address_fault"}),
        (400, "Bad Request: message thread not found", {"permanent", "address_fault"}),
        (400, "Bad Request: message is too long", {"permanent"}),
        (401, "Unauthorized", {"permanent", "provider_fault"}),
        (404, "Not Found", {"permanent", "provider_fault"}),
        (500, "Internal Server Error", {"provider_fault"}),
        (502, "Bad Gateway", {"provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, words, wanted):
    vendor.answers_with(status, {"ok": False, "error_code": status, "description": words})

    error = failure(TELEGRAM, config(vendor), PERSON)

    assert flags(error) == wanted
    assert str(error) == f"Telegram: {words} ({status})"


def test_it_waits_as_long_as_telegram_says(vendor):
    fields = {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 17}}
    vendor.answers_with(429, fields)

    error = failure(TELEGRAM, config(vendor), PERSON)

    assert (flags(error), error.retry_after) == ({"provider_fault"}, 17)


def test_no_answer_leaves_doubt(receiver, vendor):
    receiver.behave = hang_up

    assert flags(failure(TELEGRAM, config(vendor), PERSON)) == {"ambiguous", "provider_fault"}


def test_a_group_that_has_become_a_supergroup_is_told_under_its_new_id(vendor):
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    parameters = {"migrate_to_chat_id": -100777}
    vendor.answers_with(400, {"ok": False, "description": words, "parameters": parameters})

    TELEGRAM.send(config(vendor), GROUP, EVENTS["triggered"])

    assert vendor.jsons[-1]["chat_id"] == -100777


def test_where_a_button_is_not_liked_the_text_alone_is_sent_with_its_links(vendor):
    message = make_message(make_brief(url="http://localhost:8000/incidents/1042/"))

    TELEGRAM.send(config(vendor), PERSON, message)

    bare = vendor.jsons[-1]
    assert "parse_mode" not in bare
    assert bare["text"].endswith("Open #1042: http://localhost:8000/incidents/1042/")


def test_the_test_registers_the_buttons_or_names_who_wrote(vendor):
    wanted = config(vendor, has_buttons=True, callback_url="https://ops.example/callbacks/x/")
    assert TELEGRAM.check(wanted) == (
        "Telegram: the bot @ops_bot works. Its buttons are registered."
    )
    assert vendor.jsons[-1]["url"] == "https://ops.example/callbacks/x/"
    vendor.answers = [
        (200, {"ok": True, "result": {"username": "ops_bot"}}),
        (200, {"ok": True, "result": True}),
        (200, {"ok": True, "result": [{"message": {"chat": {"id": -5, "title": "Ops"}}}]}),
    ]

    assert TELEGRAM.check(config(vendor)).endswith("Who wrote to it lately: Ops -5.")


@pytest.mark.parametrize(
    ("status", "mark", "labels"),
    [
        ("open", "🔴", ["Acknowledge", "Resolve", "Open"]),
        ("acknowledged", "👀", ["Resolve", "Open"]),
        ("resolved", "✅", ["Open"]),
    ],
)
@pytest.mark.parametrize("acts", [True, False])
def test_a_message_changes_with_its_incident(vendor, status, mark, labels, acts):
    message = make_message(make_brief(status=status))

    TELEGRAM.update(config(vendor, has_buttons=acts), PERSON, message, "123456789:42")

    changed = vendor.jsons[-1]
    assert vendor.paths[-1].endswith("/editMessageText")
    assert (changed["chat_id"], changed["message_id"]) == ("123456789", 42)
    assert changed["text"].startswith(mark)
    assert [button["text"] for row in keyboard(vendor) for button in row] == labels


def test_a_change_that_shows_already_is_none(vendor):
    words = "Bad Request: message is not modified: specified new message content"
    vendor.answers_with(400, {"ok": False, "description": words})

    TELEGRAM.update(config(vendor), PERSON, EVENTS["triggered"], "123456789:42")

    assert len(vendor.paths) == 1


def test_what_follows_answers_the_first_message_and_is_not_changed_itself(vendor):
    resolved = make_brief(status="resolved", actions=())
    news = make_message(resolved, event="incident.resolved", in_reply_to="123456789:42")

    accepted = TELEGRAM.send(config(vendor), PERSON, news)

    assert vendor.jsons[0]["reply_parameters"]["message_id"] == 42
    assert accepted.provider_id == ""
