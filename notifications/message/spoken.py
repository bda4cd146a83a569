"""The message as it is read aloud: at most twenty seconds, the most important first. Pure."""

import re

from incidents.choices import Severity
from notifications.choices import NotificationEvent
from notifications.message.incident_summary import one_line
from notifications.message.message import MIN_REPORTED_DELAY_S, Message

MAX_CHARS = 300
MAX_TITLE = 120
PORTAL = "OpsPortal."


def spoken_text(message: Message) -> str:
    """What is said before the menu; a code twice, digit by digit."""
    if message.event == NotificationEvent.VERIFICATION:
        code = ", ".join(message.code)
        return f"{PORTAL} Your code is {code}. Again: {code}."
    parts = [PORTAL, *_warnings(message), *_content(message)]
    return one_line(" ".join(parts), MAX_CHARS)


def digits_apart(text: str) -> str:
    """Numbers of incidents digit by digit: ``#1042`` as ``1 0 4 2``."""
    return re.sub(r"#(\d+)", lambda found: " ".join(found[1]), text)


def _warnings(message: Message) -> list[str]:
    found = []
    if message.is_test:
        found.append("This is a test.")
    if message.delayed_by_s >= MIN_REPORTED_DELAY_S:
        found.append(f"This call is {message.delayed_by_s // 60} minutes late.")
    if message.may_repeat:
        found.append("You may have heard this before.")
    return found


def _content(message: Message) -> list[str]:
    if not message.incidents or message.own_title:
        words = (message.own_title or message.title, message.own_text or message.text)
        return [_sentence(part) for part in words if part]
    first, count = message.incidents[0], len(message.incidents)
    what = [_sentence(f"{first.service}: {first.title}" if first.service else first.title)]
    if count == 1:
        state = [] if message.asks else [_sentence(first.state)]
        return [
            *state,
            _sentence(first.severity),
            digits_apart(f"Incident #{first.number}."),
            *what,
        ]
    critical = sum(one.severity == Severity.CRITICAL for one in message.incidents)
    worst = f", {critical} critical" if critical else ""
    return [f"{count} incidents{worst}.", "The worst:", *what]


def _sentence(text: str) -> str:
    """Words that a voice can say: no signs that it would spell out or fall silent at."""
    plain = re.sub(r"[^\w\s.,:%°'+]|_", " ", text)
    words = one_line(plain, MAX_TITLE).strip(" .:,…")
    return f"{words[:1].upper()}{words[1:]}."
