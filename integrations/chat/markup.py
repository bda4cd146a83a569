"""Text formatting of each chat. Texts of others are escaped: they mention nobody and forge no
link."""

import html
import re
from dataclasses import dataclass
from typing import Any

from opsportal.lib.text import clean

SLACK, TEAMS = "slack", "teams"
MARKDOWN = re.compile(r"([\\`*_\[\]()#~|])")


@dataclass(frozen=True, slots=True)
class Markup:
    """The formatting of one provider, in messages or in cards."""

    provider: str
    is_card: bool = False  # Its texts know no markup, and its links are buttons.

    def text(self, text: str) -> str:
        """A text of others, escaped."""
        text = clean(text)
        if self.is_card:
            return text
        if self.provider == SLACK:
            return html.escape(text, quote=False)
        return MARKDOWN.sub(r"\\\1", html.escape(text, quote=False))

    def link(self, address: str, words: str) -> str:
        if self.is_card:
            return words
        if self.provider == SLACK:
            return f"<{address}|{self.text(words)}>"
        return f"[{self.text(words)}]({address})"

    def code(self, words: str) -> str:
        """What can be typed just so; it has neither < nor `."""
        return f"`{words}`"

    @property
    def line(self) -> str:
        """The line separator."""
        return "\n" if self.provider == SLACK else "\n\n"


def response_body(provider: str, text: str, is_public: bool) -> dict[str, Any]:
    """The JSON body of a reply. In Teams every reply is public."""
    if provider == TEAMS:
        return {"type": "message", "text": text}
    kind = "in_channel" if is_public else "ephemeral"
    return {"response_type": kind, "text": text}
