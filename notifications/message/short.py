"""The message as one short text: for SMS, and wherever a phone shows only a few words. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from notifications.choices import Answer, NotificationEvent
from notifications.message.incident_summary import IncidentSummary, one_line
from notifications.message.message import Message, duration
from notifications.message.sms_segments import segments

MAX_CHARS = 306  # What two parts of an SMS hold, if all of its characters are plain.
MAX_PARTS = 2
STEP_CHARS = 4
CUT = "..."
MAX_WORDS = 10_000  # before it is cut
WORDS = {
    NotificationEvent.ACKNOWLEDGED: gettext_noop("Acknowledged"),
    NotificationEvent.RESOLVED: gettext_noop("RESOLVED"),
    NotificationEvent.MERGED: gettext_noop("Merged"),
    NotificationEvent.UPDATED: gettext_noop("Update"),
    NotificationEvent.REOPENED: gettext_noop("REOPENED"),
    NotificationEvent.SLA_WARNING: gettext_noop("SLA at risk"),
    NotificationEvent.SLA_BREACHED: gettext_noop("SLA MISSED"),
}
WORDS_OF_ANSWERS = (
    ("ack", Answer.ACKNOWLEDGE),
    ("take", Answer.ASSIGN),
    ("resolve", Answer.RESOLVE),
)
# What phones write prettier than they have to: one such character doubles the price of an SMS.
PLAIN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\xa0": " "}
)


def short_text(message: Message, *, limit: int = MAX_CHARS, reply: bool = False) -> str:
    """Severity, number, title and service, then what to do; at most ``limit`` characters.

    The link comes last and is never cut. With ``reply`` it says what to answer.
    """
    ends = [_invitation(message) if reply else "", message.url]
    end = " ".join(part for part in ends if part)
    return f"{_cut(_beginning(message), limit - len(end) - bool(end))} {end}".strip()


def whole_text(message: Message) -> str:
    """The text before anything is cut, without what to answer."""
    return short_text(message, limit=MAX_WORDS)


def _beginning(message: Message) -> str:
    return " ".join([*_warnings(message), _head(message)]).translate(PLAIN)


def sms_text(message: Message, *, reply: bool = True) -> str:
    """The short text, with what to answer where answers come back, so short that it is paid for as
    two SMS at most.

    Of a link that is longer than that nothing is cut.
    """
    texts = (
        short_text(message, limit=limit, reply=reply) for limit in range(MAX_CHARS, 0, -STEP_CHARS)
    )
    shortest = short_text(message, limit=0, reply=reply)
    return next((text for text in texts if segments(text).parts <= MAX_PARTS), shortest)


def _cut(text: str, room: int) -> str:
    """The text in one line of at most so many characters, all of them plain if its own are."""
    line = one_line(text, MAX_WORDS)
    if len(line) <= room:
        return line
    return line[: room - len(CUT)].rstrip() + CUT if room > len(CUT) else ""


def _head(message: Message) -> str:
    if message.written:
        mark = f"{_('TEST')} " if message.is_test else ""
        return mark + message.written.text.removesuffix(message.url)  # It comes last in any case.
    if not message.incidents or message.own_title:
        words = [message.own_title or message.title, message.own_text or message.text]
        return ": ".join(part for part in words if part)
    if len(message.incidents) == 1:
        word = _(WORDS[message.event]) if message.event in WORDS else ""
        return " ".join(part for part in (word, _line(message)) if part)
    return f"{message.title}; {names(message.incidents[1:4])}"


def _line(message: Message) -> str:
    first = message.incidents[0]
    mark = f"{_('TEST')} " if first.is_test else ""
    where = f" ({first.service})" if first.service else ""
    return f"{mark}{first.severity_word.upper()} #{first.number} {first.title}{where}"


def names(summaries: tuple[IncidentSummary, ...]) -> str:
    """The numbers and titles in one line."""
    return ", ".join(f"#{one.number} {one.title}" for one in summaries)


def _warnings(message: Message) -> list[str]:
    found = []
    if message.delayed_by_s >= 60:
        found.append(_("{time} late.").format(time=duration(message.delayed_by_s)))
    if message.may_repeat:
        found.append(_("May be a repeat."))
    return found


def _invitation(message: Message) -> str:
    if message.proves:
        return _("Reply ok if this reached you, or open")
    asking = [one for one in message.incidents if one.actions]
    word = next((word for word, verb in WORDS_OF_ANSWERS if _takes(asking, verb)), "")
    only = message.incidents[0].number if len(message.incidents) == 1 else "all"
    return _("Reply {command}.").format(command=f"{word} {only}") if word else ""


def _takes(summaries: list[IncidentSummary], verb: str) -> bool:
    return bool(summaries) and all(verb in one.allowed for one in summaries)
