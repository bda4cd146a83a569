"""The message as it is read aloud: at most twenty seconds, the most important first. Pure."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.choices import Severity
from notifications.choices import NotificationEvent
from notifications.message.incident_summary import one_line
from notifications.message.message import MIN_REPORTED_DELAY_S, Message, count_critical

MAX_CHARS = 300
BEGINNING = r"(?:^|[.!?] )\w"  # of a sentence
MAX_TITLE = 120
PORTAL = "OpsPortal."
UNSAID_IN_TITLE = r"[^\w\s.,:%°'+]|_"
UNSAID = r"[^\w\s.,:;?!%°'+]|_"  # signs that a voice would spell out, or fall silent at


def spoken_text(message: Message) -> str:
    """What is said before the menu; a code twice, digit by digit."""
    if message.event == NotificationEvent.VERIFICATION:
        code = ", ".join(message.code)
        words = _("Your code is {code}. Again: {code}.").format(code=code)
        return f"{PORTAL} {words}"
    parts = [PORTAL, *_warnings(message), *_content(message)]
    return one_line(" ".join(parts), MAX_CHARS)


def digits_apart(text: str) -> str:
    """Numbers of incidents digit by digit: ``#1042`` as ``1 0 4 2``."""
    return re.sub(r"#(\d+)", lambda found: " ".join(found[1]), text)


def _warnings(message: Message) -> list[str]:
    found = []
    if message.is_test:
        found.append(_("This is a test."))
    if message.delayed_by_s >= MIN_REPORTED_DELAY_S:
        minutes = message.delayed_by_s // 60
        late = ngettext(
            "This call is {minutes} minutes late.", "This call is {minutes} minutes late.", minutes
        )
        found.append(late.format(minutes=minutes))
    if message.may_repeat:
        found.append(_("You may have heard this before."))
    return found


def _content(message: Message) -> list[str]:
    if message.written:
        return [_said(message.written.text)]
    if not message.incidents or message.own_title:
        words = (message.own_title or message.title, message.own_text or message.text)
        return [_sentence(part) for part in words if part]
    first, count = message.incidents[0], len(message.incidents)
    what = [_sentence(f"{first.service}: {first.title}" if first.service else first.title)]
    if count == 1:
        state = [] if message.asks else [_sentence(first.state)]
        return [
            *state,
            _sentence(first.severity_word),
            digits_apart(_("Incident #{number}.").format(number=first.number)),
            *what,
        ]
    critical = sum(
        one.severity == Severity.CRITICAL and not one.is_test for one in message.incidents
    )
    worst = f", {count_critical(critical)}" if critical and message.asks else ""
    counted = ngettext("{count} incidents", "{count} incidents", count).format(count=count)
    return [f"{counted}{worst}.", _("The worst:"), *what]


def _said(text: str) -> str:
    """The words of a template as they are said, with the numbers of incidents digit by digit."""
    lines = (re.sub(UNSAID, " ", digits_apart(line)) for line in text.splitlines())
    words = " ".join(" ".join(line.split()) for line in lines)
    return re.sub(BEGINNING, lambda found: found[0].upper(), words)


def _sentence(text: str) -> str:
    """Words that a voice can say: no signs that it would spell out or fall silent at."""
    plain = re.sub(UNSAID_IN_TITLE, " ", text)
    words = one_line(plain, MAX_TITLE).strip(" .:,…")
    return f"{words[:1].upper()}{words[1:]}."
