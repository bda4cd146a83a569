"""Slack's own way of writing texts: what people type as it was meant, and ours escaped. Pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

import html
import re

MARK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def plain(text: str) -> str:
    """A text without Slack's markup: a mention or a link is what it shows."""
    shown = MARK.sub(lambda mark: mark[2] or mark[1], text)
    for written, meant in ESCAPED.items():
        shown = shown.replace(written, meant)
    return shown


def escape(text: str) -> str:
    """So that it is a text, and no link or mention."""
    return html.escape(text, quote=False)


def link(url: str, words: str) -> str:
    """Words that lead to an address."""
    return f"<{url}|{escape(words).replace('|', '¦')}>"
