"""The menu of a call: what is read aloud, and what each key does. Pure; providers spell it.

What the menu has to know for the next key goes with the call, in what the provider reports the
key to, so no call is kept in memory.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from notifications.choices import Answer, NotificationEvent, ReceiptState
from notifications.message.message import Message
from notifications.message.spoken import spoken_text
from notifications.receipts import Receipt
from opsportal.lib.languages import written_in

MAX_TRIES = 3  # of keys that are none, or of silence
WAIT_S = 8
RING_S = 25  # A mailbox answers after that.
MAX_CALL_S = 180
VERBS = {
    "7": (Answer.ACKNOWLEDGE, gettext_noop("{key} to acknowledge")),
    "8": (Answer.ASSIGN, gettext_noop("{key} to take it")),
    "6": (Answer.ESCALATE, gettext_noop("{key} to escalate")),
    "9": (Answer.RESOLVE, gettext_noop("{key} to close")),
}
COMMANDS = {"6": "escalate all", "7": "acknowledge all", "8": "assign all", "9": "resolve all"}
SURE = "9"  # It is asked for twice.
GOODBYE = gettext_noop("Goodbye.")
NOTHING_DONE = gettext_noop("This did not work. Open the portal.")
WORDS = ("text", "bridge", "barred", "language")
NO_KEY = "no key was pressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """``acts``: 1 where it is about incidents that the person may act on, else 0; ``bridge``: the
    number and the code to dial; ``tries``: how often nothing useful was pressed; ``barred``: the
    keys that do nothing, because the policy takes no such answer by phone."""

    text: str
    acts: int = 0
    bridge: str = ""
    tries: int = 0
    sure: int = 0
    barred: str = ""
    language: str = ""  # '' is the portal's own

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "Menu":
        """The menu of these fields, as ``fields`` gave them."""
        numbers = {name: int(str(fields.get(name) or 0)) for name in ("acts", "tries", "sure")}
        words = {
            name: str(fields.get(name) or "") for name in ("text", "bridge", "barred", "language")
        }
        return cls(**words, **numbers)  # type: ignore[arg-type]

    @property
    def fields(self) -> dict[str, str | int]:
        """What has to be known for the next key."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def words(self) -> str:
        """What is read before a key is waited for."""
        with written_in(self.language):
            sure = _("Press 9 again to close all of it.")
            return sure if self.sure else f"{self.text} {self._keys()}"

    def again(self) -> "Menu | None":
        """After a key that is none, or silence; None once that was too often."""
        left = replace(self, tries=self.tries + 1, sure=0)
        return left if left.tries < MAX_TRIES else None

    def _keys(self) -> str:
        if not self.acts:
            return _("Press 7 to confirm that you heard this, 1 to hear it again.")
        keys = [_(said).format(key=key) for key, (verb, said) in VERBS.items() if self.does(key)]
        keys += [_("0 for the bridge")] if self.bridge else []
        offered = ", ".join([*keys, _("1 to hear this again")])
        return _("Press {keys}.").format(keys=offered)

    def does(self, key: str) -> bool:
        """Whether a key is a command."""
        return bool(self.acts) and key in COMMANDS and key not in self.barred


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a key does. One of these follows: a command, a bridge to dial, a menu, or ``words``,
    after which the call ends. ``is_heard``: it shows that a person listens."""

    is_heard: bool = True
    command: str = ""
    bridge: str = ""
    menu: Menu | None = None
    words: str = ""

    def receipts(self, call: str) -> tuple[Receipt, ...]:
        """What the key says of the call with this id: only a key that is one reaches somebody."""
        if not self.is_heard:
            return ()
        return (Receipt(provider_id=call, state=ReceiptState.DELIVERED, is_answer=True),)


def opening(message: Message) -> Menu | str:
    """The menu that a message begins with; the words of one that asks for no key, twice."""
    text = spoken_text(message)
    if message.event == NotificationEvent.VERIFICATION:
        return f"{text} {text}"
    acting = [one for one in message.incidents if one.actions]
    bridge = next((one.dial_in for one in acting if one.dial_in), "")
    barred = "".join(
        key
        for key, (verb, _said) in VERBS.items()
        if not all(verb in one.allowed for one in acting)
    )
    language = message.language
    acts = int(bool(acting))
    return Menu(text=text, acts=acts, bridge=bridge, barred=barred, language=language)


def press(menu: Menu, key: str) -> Pressed:
    """What this key does in this menu; "" is silence."""
    with written_in(menu.language):
        return _press(menu, key)


def _press(menu: Menu, key: str) -> Pressed:
    if key == "1":
        return Pressed(menu=menu)
    if key == "0" and menu.bridge:
        return Pressed(bridge=menu.bridge)
    if key == "7" and not menu.acts:
        return Pressed(words=_("Thank you."))
    if menu.does(key) and key == SURE and not menu.sure:
        return Pressed(menu=replace(menu, sure=1))
    if menu.does(key):
        return Pressed(command=COMMANDS[key])
    left = menu.again()
    return Pressed(is_heard=False, menu=left, words="" if left else _(GOODBYE))


def number_and_code(bridge: str) -> tuple[str, str]:
    """The number of a bridge, and the code that is dialled there: of ``number, code 1234``."""
    number, _, code = bridge.partition(", code ")
    dialled = "".join(char for char in number if char in "+0123456789")
    digits = "".join(char for char in code if char in "0123456789#*")
    return dialled, digits
