"""What differs between the two messages and says that it is over: candidates for the status."""

import re
from collections.abc import Sequence

from integrations.inference import vocabulary
from integrations.inference.key_candidates import read
from integrations.inference.leaves import Candidate, Pair, words_of

MAX_STATUS_LENGTH = 40
MAX_STATUS_WORDS = 4
MAX_CANDIDATES = 8
WORTH = 20  # A candidate below this is shown, but is not chosen unasked.


def statuses(places: Sequence[Pair]) -> list[Candidate]:
    """The candidates, best first: whole values, then words inside of a text."""
    found = [one for place in places if (one := _whole(place)) is not None]
    found += [one for place in places if (one := _inside(place)) is not None]
    found.sort(key=lambda one: -one.score)
    return found[:MAX_CANDIDATES]


def remainders(places: Sequence[Pair]) -> list[Candidate]:
    """What is left of a text without its status word, where that is the same in both: a key for
    senders that have nothing better."""
    found = []
    for place in places:
        word = _words_inside(place)
        if word is None:
            continue
        pattern = rf"^(.*?)[\W_]*\b(?:{word[0]}|{word[1]})\b(?::\d+)?\W*(.*)$"
        rule = {"path": place.path, "extract": pattern}
        first, second = (read(rule, _holder(place, value)) for value in place.texts)
        if first == second and len(first) > 2:
            why = "the text without its status word is the same in both"
            found.append(Candidate(rule, first, second, why, 1, "text"))
    return found


def _holder(place: Pair, value: str) -> object:
    """The smallest message that has this value at its place."""
    tree: object = value
    for step in reversed(place.steps):
        tree = {step: tree} if isinstance(step, str) else [None] * step + [tree]
    return tree


def _whole(place: Pair) -> Candidate | None:
    first, second = place.texts
    if not first or not second or first.casefold() == second.casefold():
        return None
    if any(_is_no_status(text, place) for text in (first, second)):
        return None
    if " " in first and _words_inside(place):
        return None  # Its words change with each alert; one of them is the status.
    known = _knows(first, vocabulary.OPEN) + _knows(second, vocabulary.CLOSE)
    # A sender may well say 0 for down: what counts is which message was said to be firing.
    if _is_switch(first) and _is_switch(second):
        known = 2
    is_named = bool({*place.words} & vocabulary.STATUS_NAMES) or any(
        word.endswith(("status", "state", "type")) for word in place.words
    )
    score = 30 * known + (25 if is_named else 0) - 2 * len(place.steps)
    score += 10 if not re.search(r"\s", first + second) else 0
    score -= 25 if {*place.words} & {"message", "msg", "name", "text", "title", "subject"} else 0
    if is_named and "name" in place.words:
        score += 25
    if {*place.words} & {"status", "state", "transition"} and "name" not in place.words:
        score += 5
    why = "it differs, and says firing and resolved in known words" if known == 2 else "it differs"
    why += ", under the name of a status" if is_named else ""
    return Candidate(place.path, first, second, why, score, "status")


def _is_no_status(text: str, place: Pair) -> bool:
    parts = text.split()
    if (
        len(text) > MAX_STATUS_LENGTH
        or len(parts) > MAX_STATUS_WORDS
        or vocabulary.ADDRESS.match(text)
    ):
        return True
    if (
        vocabulary.TIMESTAMP.match(text)
        or vocabulary.UUID.match(text)
        or vocabulary.HEX.match(text)
    ):
        return True
    name = place.words
    if name and (name[-1] in vocabulary.TIMES or any(word in vocabulary.COUNTERS for word in name)):
        return True
    is_id = bool(vocabulary.MIXED.match(text)) and not _knows(
        text, vocabulary.OPEN | vocabulary.CLOSE
    )
    return is_id or bool(re.fullmatch(r"-?\d+\.\d+|\d{4,}", text))


def _knows(text: str, known: frozenset[str]) -> int:
    found = words_of(text)
    return int(text.lower() in known or bool(found and {found[0], found[-1]} & known))


def _is_switch(text: str) -> bool:
    return text.lower() in {"0", "1", "true", "false", "yes", "no", "on", "off"}


def _inside(place: Pair) -> Candidate | None:
    word = _words_inside(place)
    if word is None:
        return None
    rule = {"path": place.path, "extract": rf"\b({word[0]}|{word[1]})\b"}
    why = "the text has a known status word in it"
    return Candidate(rule, word[0], word[1], why, 22 - len(place.steps), "status")


def _words_inside(place: Pair) -> tuple[str, str] | None:
    """The word of a longer text that says firing, and the one in its place that says resolved."""
    if not isinstance(place.firing, str) or not isinstance(place.resolved, str):
        return None
    first, second = (re.findall(r"[A-Za-z]+", text) for text in place.texts)
    if len(first) < 2 or len(second) < 2:
        return None
    here = [word for word in first if _says(word, vocabulary.OPEN) and word not in second]
    there = [word for word in second if _says(word, vocabulary.CLOSE) and word not in first]
    if not here or not there:
        return None
    return here[0], there[0]


def _says(word: str, known: frozenset[str]) -> bool:
    lowered = word.lower()
    # A common word counts where it is shouted, as in “UP: db-7”.
    return lowered in known and (lowered not in vocabulary.TOO_COMMON or word.isupper())
