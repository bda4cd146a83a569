"""What a message looks like in Telegram: HTML of which only `& < >` are escaped, and buttons."""

from html import escape

from incidents.choices import IncidentStatus
from notifications.message.chat_text import Markup, chat_text
from notifications.message.message import IncidentSummary, Message
from notifications.message.plain_text import MAX_ACTED
from notifications.message.words import action_word

MAX_CHARS = 4096
SEVERITIES = {"critical": "🔴", "error": "🟠", "warning": "🟡", "info": "🔵"}
TAKEN = (IncidentStatus.ACKNOWLEDGED, IncidentStatus.RESOLVED)
Button = dict[str, str]


def _units(text: str) -> int:
    """The length as Telegram counts it, in UTF-16; with the markup, and so rather too long."""
    return len(text.encode("utf-16-le")) // 2


HTML = Markup(
    escape=lambda text: escape(text, quote=False),
    bold="<b>{}</b>".format,
    link=lambda label, url: f'<a href="{escape(url)}">{label}</a>',
    size=_units,
)
PLAIN = Markup(size=_units)


def rich_text(message: Message) -> str:
    """The message in HTML; what can be done stands on its buttons."""
    mark = _mark(message)
    return mark + chat_text(message, HTML, limit=MAX_CHARS - _units(mark), with_actions=False)


def plain_text(message: Message) -> str:
    """The same without markup and buttons, with its links written out."""
    return chat_text(message, PLAIN, limit=MAX_CHARS)


def buttons(message: Message, *, acts: bool, is_group: bool) -> list[list[Button]]:
    """The rows of buttons. With ``acts`` they send the command of an answer, and in a group
    everybody sees them: who presses is known. Otherwise they are links for who was told."""
    several = len(message.incidents) > 1
    rows = []
    for one in message.incidents[:MAX_ACTED]:
        can = [verb for verb in _verbs(one) if verb == "acknowledge" or not several]
        name = f" #{one.number}" if several else ""
        if not acts:
            urls = {action.kind: action.url for action in one.actions}
            row = [
                {"text": action_word(verb) + name, "url": urls[verb]}
                for verb in can
                if verb in urls
            ]
        elif one.actions or (is_group and message.asks):
            row = [_button(action_word(verb) + name, verb, one) for verb in can]
        else:
            row = []
        rows.append(row)
    rows.append([{"text": message.link_label, "url": message.url}] if message.url else [])
    return [row for row in rows if row]


def _verbs(summary: IncidentSummary) -> list[str]:
    """What can still be done."""
    verbs = [] if summary.status in TAKEN else ["acknowledge"]
    verbs = verbs if summary.status == IncidentStatus.RESOLVED else [*verbs, "resolve"]
    return [verb for verb in verbs if verb in summary.allowed]


def _button(text: str, verb: str, summary: IncidentSummary) -> Button:
    """It sends its command and the paging round: one of an earlier round does nothing."""
    return {"text": text, "callback_data": f"{verb} {summary.number}:{summary.paging_round}"}


def _mark(message: Message) -> str:
    """A colour, which never stands alone: severity and status are in the words beside it."""
    states = {one.status for one in message.incidents}
    if not states:
        return ""
    if states == {IncidentStatus.RESOLVED}:
        return "✅ "
    if states <= {IncidentStatus.RESOLVED, IncidentStatus.ACKNOWLEDGED}:
        return "👀 "
    mark = SEVERITIES.get(message.incidents[0].severity, "")
    return f"{mark} " if mark else ""
