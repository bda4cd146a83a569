r"""What senders write in JSON although it is none, in one pass over the text.

Templates leave a comma behind the last item; C writes ``nan`` and ``-inf``, JavaScript
``undefined``, Python ``None`` and ``True``; shells write ``\'``, and Windows paths keep their
backslashes.
"""

import re

WORDS = {
    **dict.fromkeys(("nan", "inf", "infinity", "undefined", "none"), "null"),
    "true": "true",
    "false": "false",
}
# A text (the last one may have no end), a word or number, a comma behind which nothing comes.
TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))'
    r"|(?P<word>[\w.+-]++)"
    r"|(?P<comma>,)(?=\s*+[\]}])",
    re.DOTALL,
)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPED = frozenset('"\\/bfnrt')


def repaired(text: str) -> str:
    """The text with what can be mended mended; unchanged where it is JSON."""
    return TOKEN.sub(_mend, text)


def _mend(hit: re.Match[str]) -> str:
    found = hit[0]
    if hit["comma"]:
        return ""
    if hit["word"]:
        return WORDS.get(found.lstrip("+-").lower(), found)
    return ESCAPE.sub(_escape, found) if "\\" in found else found


def _escape(hit: re.Match[str]) -> str:
    letter = hit[1]
    if letter in ESCAPED or len(letter) == 5:
        return hit[0]
    return letter if letter == "'" else f"\\\\{letter}"
