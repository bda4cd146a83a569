"""Whole words in a text, and whether the text says that they are not so.

A word is a run of letters, digits, underscores and the marks on them, of any script. Texts are
compared composed (NFC): an accent may be a character of its own or not.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

NEGATIONS = frozenset(
    ["no", "not", "non", "un", "never", "neither", "nor", "none", "nothing", "without", "cannot"]
)
# A negation reaches no further than this: a mark between clauses, or a dash that stands alone.
CLAUSE_END = re.compile(r"[.,;:!?()\[\]{}|\n–—]|(?<=\s)-+(?=\s)")
WORD = re.compile(r"[\w'’]+")
# What comes directly after, to the end of a clause: “Closed: no”, “closed? false”.
DENIED_AFTER = re.compile(r"\s*[:=?]?\s*(?:no|not|false)\s*(?:$|[.,;!)\]|\n])")
MAX_CLAUSE_CHARS = 200  # how far before an occurrence a negation is looked for
MAX_OCCURRENCES = 1_000  # of which it is asked; those after them count as negated


def contains_words(text: str, wanted: str, *, skips_negated: bool = False) -> bool:
    """Whether ``wanted`` stands in ``text`` with no part of a word directly beside it.

    ``skips_negated`` leaves out what is negated, by a word before it in its clause (“not yet
    closed”, “isn't closed”) or by one right after it (“closed: no”). Both texts are folded by the
    caller where case does not count. Linear in the length of the text.
    """
    text = unicodedata.normalize("NFC", text)
    places = _occurrences(text, unicodedata.normalize("NFC", wanted))
    if not skips_negated:
        return any(True for _ in places)
    return any(not _is_negated(text, *place) for place in islice(places, MAX_OCCURRENCES))


def _occurrences(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Where it stands as whole words: start and end. White space is as good as other such."""
    for match in _pattern(wanted).finditer(text):
        start, end = match.span()
        if not (_is_mark(text[start - 1 : start]) or _is_mark(text[end : end + 1])):
            yield start, end


@lru_cache(maxsize=1000)
def _pattern(wanted: str) -> re.Pattern[str]:
    # Not RE2: what is beside a match must not be part of it, or “new new” would be found once.
    words = r"\s+".join(re.escape(word) for word in wanted.split())
    return re.compile(rf"(?<!\w){words}(?!\w)")


def _is_mark(char: str) -> bool:
    """Whether it is a mark on a letter, which the pattern takes for a boundary."""
    return bool(char) and unicodedata.category(char).startswith("M")


def _is_negated(text: str, start: int, end: int) -> bool:
    before = CLAUSE_END.split(text[max(0, start - MAX_CLAUSE_CHARS) : start])[-1]
    words = (word.casefold().replace("’", "'") for word in WORD.findall(before))
    if any(word in NEGATIONS or word.endswith("n't") for word in words):
        return True
    return bool(DENIED_AFTER.match(text[end : end + MAX_CLAUSE_CHARS].casefold()))
