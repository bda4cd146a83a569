"""A message as the text of a chat, in the chat's own markup. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from notifications.message.message import Message
from notifications.message.plain_text import offered


@dataclass(frozen=True, slots=True)
class Markup:
    """How a chat writes things. ``escape`` takes text of people, the others what is escaped."""

    escape: Callable[[str], str] = str
    bold: Callable[[str], str] = str
    link: Callable[[str, str], str] = "{}: {}".format
    size: Callable[[str], int] = len


PLAIN = Markup()


def chat_text(
    message: Message,
    markup: Markup = PLAIN,
    *,
    limit: int,
    with_subject: bool = True,
    with_actions: bool = True,
) -> str:
    """Subject, facts, details and links, at most ``limit`` long by the measure of the markup.

    What is too long is cut in the middle, the links of actions are left out where even that is
    too little, and the link to the incident stands last and is never cut.
    """
    head = markup.bold(markup.escape(message.subject)) if with_subject else ""
    links = [markup.link(markup.escape(one.label), one.url) for one in offered(message)]
    if not with_actions or markup.size("\n".join(links)) > limit // 2:
        links = []
    if message.url:
        links.append(markup.link(markup.escape(_open(message)), message.url))
    body, tail = _content(message), "\n".join(links)
    whole = _joined(head, markup.escape(body), tail)
    while markup.size(whole) > limit and body:
        body = body[: min(len(body) - 1, len(body) * 9 // 10)].rstrip()
        whole = _joined(head, markup.escape(f"{body}…" if body else ""), tail)
    return whole


def _open(message: Message) -> str:
    only = message.incidents[0].number if len(message.incidents) == 1 else 0
    return _("Open #{number}").format(number=only) if only else message.link_label


def _content(message: Message) -> str:
    if not message.incidents:
        return _joined(*(part for part in message.body.split("\n\n") if part != message.url))
    if message.written:
        return message.own_words
    warnings = "\n".join(message.warnings)
    return _joined(warnings, message.own_text.strip(), _incidents(message), message.why)


def _incidents(message: Message) -> str:
    if len(message.incidents) == 1:
        facts = "\n".join(f"{label}: {value}" for label, value in message.facts)
        return _joined(facts, message.incidents[0].details)
    lines = [summary.line for summary in message.listed]
    return "\n".join([*lines, message.more] if message.more else lines)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
