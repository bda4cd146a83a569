"""What is the same in both messages and tells one problem from another: candidates for the key."""

from collections.abc import Sequence
from typing import Any

from integrations.inference import vocabulary
from integrations.inference.leaves import Candidate, Pair
from integrations.mapping.paths import Scope
from integrations.mapping.values import compile_value

MAX_KEY_LENGTH = 300
GOOD_ID = 30  # An id of this score stands for the problem by itself.
GOOD_NAME = 20
MAX_KEY_PARTS = 3
MAX_CANDIDATES = 12


def keys(places: Sequence[Pair], items: Sequence[Any] = ()) -> list[Candidate]:
    """The candidates, best first. ``items`` are all alerts of the first message, if it has many:
    their keys must differ."""
    found = [one for place in places if (one := _candidate(place)) is not None]
    found = [_told_apart(one, items) for one in found]
    found.sort(key=lambda one: -one.score)
    if not found or found[0].score < GOOD_ID:
        together = _together([one for one in found if one.kind == "name"])
        found = [*together, *found]
    return found[:MAX_CANDIDATES]


def _candidate(place: Pair) -> Candidate | None:
    if not place.is_same or not _can_identify(place):
        return None
    score, kind, why = _rate(place)
    if place.is_of_many:
        score -= 70
        why = "the same in both, but many alerts may share it"
    score -= len(place.steps) + 5 * sum(isinstance(step, int) for step in place.steps)
    return Candidate(place.path, *place.texts, why, score, kind)


def _can_identify(place: Pair) -> bool:
    """Times and counters are the same by accident only; a status is so by mistake."""
    text, name = place.texts[0], place.words
    if isinstance(place.firing, bool | float) or len(text) > MAX_KEY_LENGTH or "\n" in text:
        return False
    if vocabulary.TIMESTAMP.match(text) or (name and name[-1] in vocabulary.TIMES):
        return False
    is_id = any(word in vocabulary.ID_NAMES for word in name)
    if vocabulary.EPOCH.match(text) and not is_id:
        return False
    return not any(word in vocabulary.COUNTERS for word in name) or is_id


def _rate(place: Pair) -> tuple[int, str, str]:
    text = place.texts[0]
    named = max((vocabulary.ID_NAMES.get(word, 0) for word in place.words), default=0)
    shape, form = _shape(text)
    if named:
        about = {*place.words, *place.around} & vocabulary.PROBLEMS
        score = named + shape + (12 if about else 0) - (12 if " " in text else 0)
        return score, "id", f"the same in both, and it looks like an id ({form})"
    if shape >= 20:
        return 20 + shape, "id", f"the same in both, and it has the form of an id ({form})"
    known = max((vocabulary.NAMES.get(word, 0) for word in place.words), default=0)
    if known and not vocabulary.ADDRESS.match(text):
        return known, "name", "the same in both, and it names what is affected"
    return 6 if not vocabulary.ADDRESS.match(text) else 9, "text", "the same in both"


def _shape(text: str) -> tuple[int, str]:
    if vocabulary.UUID.match(text):
        return 26, "a UUID"
    if vocabulary.HEX.match(text):
        return 22, "hexadecimal digits"
    if vocabulary.INTEGER.match(text):
        return (12, "a long number") if len(text) > 3 else (6, "a number")
    if vocabulary.MIXED.match(text):
        return 8, "letters and digits"
    return 0, "by its name"


def _told_apart(one: Candidate, items: Sequence[Any]) -> Candidate:
    if len(items) < 2:
        return one
    texts = [read(one.rule, item) for item in items]
    if len(set(texts)) == len(texts):
        why = f"{one.why}; it differs between the alerts of one message"
        return Candidate(one.rule, one.firing, one.resolved, why, one.score + 20, one.kind)
    why = "the same in both, but also the same for several alerts of one message"
    return Candidate(one.rule, one.firing, one.resolved, why, one.score - 30, one.kind)


def _together(names: Sequence[Candidate]) -> list[Candidate]:
    """Without an id several names tell more than one: a host has several checks."""
    parts: list[Candidate] = []
    for one in names:
        is_new = all(one.firing != part.firing for part in parts)
        if one.score >= GOOD_NAME - 4 and is_new and len(parts) < MAX_KEY_PARTS:
            parts.append(one)
    if len(parts) < 2:
        return []
    rule = " / ".join(f"<{part.rule}>" for part in parts)
    text = " / ".join(part.firing for part in parts)
    why = "there is no id, and each of these names alone may be shared by several problems"
    return [Candidate(rule, text, text, why, parts[0].score + 1, "name")]


def read(rule: Any, item: Any) -> str:
    """What a rule reads from one item; '' where it cannot work."""
    value = compile_value(rule, "", [])
    return value.read(Scope(item, item)) if value else ""
