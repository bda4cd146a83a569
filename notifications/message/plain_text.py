"""A message as plain text, for channels without markup. Pure."""

from dataclasses import replace

from notifications.message.message import Action, Message

MAX_ACTED = 5  # So many of several incidents come with a link to acknowledge them.


def offered(message: Message) -> list[Action]:
    """What its reader can do without a login: everything with one incident; of several, the
    first of which are named in the labels, acknowledge each."""
    if len(message.incidents) == 1:
        return [action for action in message.incidents[0].actions if action.kind != "open"]
    return [
        replace(action, label=f"{action.label} #{summary.number}")
        for summary in message.incidents[:MAX_ACTED]
        for action in summary.actions
        if action.kind == "acknowledge"
    ]


def plain_text(message: Message, max_bytes: int, *, with_subject: bool = False) -> str:
    """The body and the links of what its reader can do, in at most so many bytes of UTF-8.

    Where that is too long the body is cut and links are left out, but never a part of a link:
    the one to the incident stays last of all. ``with_subject`` puts the subject before the body.
    """
    body = _joined(message.subject, message.body) if with_subject else message.body
    links = "\n".join(f"{action.label}: {action.url}" for action in offered(message))
    whole = _joined(body, links)
    if len(whole.encode()) <= max_bytes:
        return whole
    tails = (_joined(links, message.url), message.url, "")
    tail = next(one for one in tails if len(one.encode()) <= max_bytes // 2)
    return _joined(cut(body, max_bytes - len(f"\n\n{tail}".encode())), tail)


def cut(text: str, max_bytes: int) -> str:
    """The text in at most so many bytes of UTF-8; an ellipsis says that something is missing."""
    if len(text.encode()) <= max_bytes:
        return text
    room = max(0, max_bytes - len("…".encode()))
    return text.encode()[:room].decode(errors="ignore").rstrip() + "…"


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
