"""What people answer to a message, as a command. Pure.

``ack 1042``, ``r #1042``, ``escalate``, ``snooze 1042 60`` (minutes), ``ack all``: a verb and the
number of an incident, or none where the message that is answered was about one; then it stands
alone in its line, so that no sentence that begins like a command is one. The words that carriers
keep for themselves (STOP, END, CANCEL, QUIT, YES, START) are none of ours.
"""

import re
from dataclasses import dataclass

VERBS = {
    "ack": "acknowledge",
    "a": "acknowledge",
    "acknowledge": "acknowledge",
    "ok": "acknowledge",
    "resolve": "resolve",
    "r": "resolve",
    "close": "resolve",
    "c": "resolve",
    "escalate": "escalate",
    "esc": "escalate",
    "e": "escalate",
    "assign": "assign",
    "take": "assign",
    "snooze": "snooze",
    "status": "status",
    "who": "status",
    "help": "help",
}
HELP = "Reply: ack 1042, resolve 1042, escalate 1042 or status 1042; ack all for all of a message."
COMMAND = re.compile(
    rf"^\W*({'|'.join(sorted(VERBS, key=len, reverse=True))})\b"
    r"(?:[^\w\n]*(\d{1,9}|all)\b(?: +(\d{1,5})\b)?|[^\w\n]*$)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Command:
    """``verb`` is acknowledge, resolve, assign, snooze, escalate, status or help; ``number`` None
    where none was given, and ``minutes`` 0."""

    verb: str
    number: int | None = None
    is_for_all: bool = False
    minutes: int = 0


def parse(text: str) -> Command:
    """The command of an answer; help for whatever is none."""
    found = COMMAND.match(text)
    if found is None:
        return Command("help")
    verb, what = VERBS[found[1].lower()], (found[2] or "").lower()
    number = int(what) if what.isdecimal() else None
    return Command(verb, number, what == "all", int(found[3] or 0))
