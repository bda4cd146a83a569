"""What people read of an alert: candidates for its title, severity, address and long text."""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.inference import vocabulary
from integrations.inference.leaves import Candidate, Pair
from integrations.mapping.attributes import web_address
from integrations.mapping.field_mapping import SEVERITIES

MAX_CANDIDATES = 8
LEVELS = {word for text in SEVERITIES.values() for word in text.split()} | set(SEVERITIES)
LONG_ENOUGH = 20
SHORT = 30  # A single word is a title where its name says so as clearly as this.
MESSAGE = 54  # Below this a title is only a message about something.


def titles(places: Sequence[Pair]) -> list[Candidate]:
    """Texts that a person can be woken with."""
    found = []
    for place in places:
        text = place.texts[0]
        named = _best(place.words, vocabulary.TITLES)
        if not isinstance(place.firing, str) or not text or len(text) > 500 or _is_code(text):
            continue
        if named < SHORT and " " not in text:
            continue
        score = named + (14 if " " in text else 0) - 2 * len(place.steps)
        score -= 40 if place.is_of_many else 0
        score += 6 if place.is_same else 0
        why = "the same in both" if place.is_same else "it differs, which a title may"
        found.append(_of(place, f"a text for people; {why}", score))
    return _sorted([*_named(found, places), *found])


def with_status(found: Sequence[Candidate], key: Any, status: Any) -> list[Candidate]:
    """A title of one word, or none at all, gets the status added: “web-1 is down”."""
    best = found[0] if found else None
    if best is not None and (" " in best.firing or not isinstance(best.rule, str)):
        return list(found)
    about = best or key
    if about is None or status is None or not isinstance(about.rule, str):
        return list(found)
    if not isinstance(status.rule, str):
        return list(found)
    rule = f"{_token(about.rule)} is {_token(status.rule)}"
    texts = (f"{about.firing} is {status.firing}", f"{about.resolved} is {status.resolved}")
    return [Candidate(rule, *texts, "its name, and its status", about.score + 1), *found]


def _token(rule: str) -> str:
    return rule if "<" in rule else f"<{rule}>"


def _named(found: Sequence[Candidate], places: Sequence[Pair]) -> list[Candidate]:
    """A message that does not say what it is about gets the name of that added."""
    best = max(found, key=lambda one: one.score, default=None)
    if best is None or best.score > MESSAGE:
        return []
    for place in places:
        text = place.texts[0]
        is_name = _best(place.words, vocabulary.NAMES) > SHORT // 2 and not _is_code(text)
        is_own = not place.is_of_many and all(isinstance(step, str) for step in place.steps)
        if place.is_same and is_name and is_own and text.lower() not in best.firing.lower():
            rule = f"<{place.path}>: <{best.rule}>"
            firing, resolved = f"{text}: {best.firing}", f"{text}: {best.resolved}"
            why = "a text for people, with the name of what it is about"
            return [Candidate(rule, firing, resolved, why, best.score + 1)]
    return []


def severities(places: Sequence[Pair]) -> list[Candidate]:
    """Values that say how bad it is."""
    found = []
    for place in places:
        text = place.texts[0].lower()
        named = _best([*place.around[-1:], *place.words], vocabulary.SEVERITY_NAMES)
        is_known = text in LEVELS and not text.isdecimal()
        is_status = bool({*place.words} & vocabulary.STATUS_NAMES)
        if not text or len(text) > 30 or not (named or (is_known and is_status)):
            continue
        if isinstance(place.firing, bool) or vocabulary.TIMESTAMP.match(text):
            continue
        said = "a known word" if is_known else "a word without a known meaning: it counts as error"
        score = named + (25 if is_known else 0) - len(place.steps)
        found.append(_of(place, f"named like a severity; {said}" if named else said, score))
    return _sorted(found)


def links(places: Sequence[Pair]) -> list[Candidate]:
    """Addresses that a person can open."""
    found = []
    for place in places:
        if not isinstance(place.firing, str) or not web_address(place.texts[0]):
            continue
        score = 10 + _best(place.words, vocabulary.LINK_NAMES) - 2 * len(place.steps)
        score += (
            8 if {*place.words} & {*vocabulary.PROBLEMS, "dashboard", "panel", "generator"} else 0
        )
        score -= 30 if {*place.words} & vocabulary.OTHER_LINKS else 0
        score -= 5 if "external" in place.words else 0
        found.append(_of(place, "an address that a browser opens", score))
    return _sorted(found)


def long_texts(places: Sequence[Pair]) -> list[Candidate]:
    """Texts that say more than the title."""
    found = []
    for place in places:
        text = place.texts[0]
        named = _best(place.words, vocabulary.LONG)
        if not isinstance(place.firing, str) or _is_code(text) or " " not in text:
            continue
        if named or len(text) >= LONG_ENOUGH:
            score = named + min(len(text) // 20, 20) - 2 * len(place.steps)
            found.append(_of(place, "a longer text", score))
    return _sorted(found)


def _best(names: Sequence[str], known: Mapping[str, int]) -> int:
    return max((known.get(word, 0) for word in names), default=0)


def _is_code(text: str) -> bool:
    forms = (
        vocabulary.TIMESTAMP,
        vocabulary.UUID,
        vocabulary.HEX,
        vocabulary.ADDRESS,
        vocabulary.INTEGER,
    )
    return any(form.match(text) for form in forms)


def _of(place: Pair, why: str, score: int) -> Candidate:
    return Candidate(place.path, *place.texts, why, score)


def _sorted(found: list[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda one: -one.score)[:MAX_CANDIDATES]
