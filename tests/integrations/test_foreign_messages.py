"""Messages as tools send them, that no template was written from: told apart, opened and closed."""

import json
from pathlib import Path

from benchmarks.catalog_round import like
from integrations import catalog
from integrations.catalog.detection import detect
from integrations.mapping.rules import Received
from tests.rows import each

HOME = Path(__file__).parent / "foreign"
MESSAGES = [json.loads(path.read_text("utf-8")) for path in sorted(HOME.glob("*.json"))]
ENDING = [message for message in MESSAGES if message["close"] is not None]
RATED = [message for message in MESSAGES if "severity" in message]


def guessed(message, moment):
    """The slugs that count as right where this one does, and the one that comes first."""
    slug = message["template"]
    [first, *_] = detect(received(message, moment), 1)
    return like(slug), first.template.slug


def received(message, moment):
    return Received(message[moment], message["headers"])


def events(message, moment):
    rules = catalog.find(message["template"]).compiled
    return rules.events(received(message, moment))


def test_there_are_forty_tools_and_each_file_is_named_for_its_own():
    strays = [
        path.name
        for path, message in zip(sorted(HOME.glob("*.json")), MESSAGES, strict=True)
        if not f"{path.stem}-".startswith(f"{message['template']}-")
    ]

    assert len({message["template"] for message in MESSAGES}) >= 40
    assert not strays


@each("message", MESSAGES)
def test_the_tool_of_a_message_that_opens_comes_first(message):
    right, first = guessed(message, "open")

    assert first in right


@each("message", ENDING)
def test_the_tool_of_a_message_that_closes_comes_first(message):
    right, first = guessed(message, "close")

    assert first in right


def test_fields_that_no_sample_has_make_few_of_these_guesses_weak():
    firsts = [detect(received(message, "open"), 1)[0] for message in MESSAGES]

    assert sum(guess.is_weak for guess in firsts) / len(firsts) < 0.05


@each("message", MESSAGES)
def test_what_fires_opens_and_is_called_what_it_is(message):
    found = events(message, "open")

    assert [event.action for event in found] == ["trigger"]
    assert message["title_has"] in found[0].subject


@each("message", ENDING)
def test_what_is_over_closes_what_it_opened(message):
    opened, closed = events(message, "open"), events(message, "close")

    assert [event.action for event in closed] == ["resolve"]
    assert [event.key for event in closed] == [event.key for event in opened]


@each("message", RATED)
def test_what_fires_is_as_severe_as_its_tool_says(message):
    assert [event.severity in message["severity"] for event in events(message, "open")] == [True]
