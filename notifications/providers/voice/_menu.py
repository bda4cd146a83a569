"""The menu of a call: what each key does, and TwiML to ask for one. Pure.

What the menu has to know for the next key is in the address that the key is reported to, which
the provider signs; so no call is kept in memory.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

MAX_TRIES = 3  # of keys that are none, or of silence
WAIT_S = 8
COMMANDS = {"6": "escalate all", "7": "acknowledge all", "8": "assign all", "9": "resolve all"}
SURE = "9"  # It is asked for twice.


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """``acts``: 1 where it is about incidents that the person may act on, else 0; ``bridge``: the
    number and the code to dial; ``tries``: how often nothing useful was pressed."""

    text: str
    acts: int = 0
    bridge: str = ""
    tries: int = 0
    sure: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Menu":
        """The menu that an address holds."""
        numbers = {name: int(query.get(name) or 0) for name in ("acts", "tries", "sure")}
        return cls(text=query.get("text", ""), bridge=query.get("bridge", ""), **numbers)

    def twiml(self, keys_url: str) -> str:
        """Read it, and wait for a key; the address of keys gets what it has to know."""
        fields = {name: value for name, value in asdict(self).items() if value}
        action = quoteattr(f"{keys_url}?{urlencode(fields)}")
        words = "Press 9 again to close all of it." if self.sure else f"{self.text} {self._keys()}"
        return (
            f'<Response><Gather numDigits="1" timeout="{WAIT_S}" action={action} method="POST" '
            f'actionOnEmptyResult="true">{say(words)}</Gather></Response>'
        )

    def again(self) -> "Menu | None":
        """After a key that is none, or silence; None once that was too often."""
        left = replace(self, tries=self.tries + 1, sure=0)
        return left if left.tries < MAX_TRIES else None

    def _keys(self) -> str:
        if not self.acts:
            return "Press 7 to confirm that you heard this, 1 to hear it again."
        bridge = "0 for the bridge, " if self.bridge else ""
        return (
            "Press 7 to acknowledge, 8 to take it, 6 to escalate, 9 to close, "
            f"{bridge}1 to hear this again."
        )


def say(text: str) -> str:
    return f'<Say language="en-US">{escape(text)}</Say>'


def goodbye(text: str) -> str:
    """A last sentence, and the end of the call."""
    return f"<Response>{say(text)}<Hangup/></Response>"


def dial(bridge: str) -> str:
    """Lead the call to a bridge: ``number, code 1234``; two pauses, then its code."""
    number, _, code = bridge.partition(", code ")
    dialled = "".join(char for char in number if char in "+0123456789")
    digits = "".join(char for char in code if char in "0123456789#*")
    send = f" sendDigits={quoteattr(f'ww{digits}#')}" if digits else ""
    return f"<Response><Dial><Number{send}>{dialled}</Number></Dial></Response>"
