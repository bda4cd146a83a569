"""Calls in Vonage's words: call control objects, actions in a list.

https://developer.vonage.com/en/voice/voice-api/ncco-reference
"""

import json
from typing import Any

from django.core import signing
from django.utils.translation import get_language

from notifications.providers.voice._menu import WAIT_S, Menu, number_and_code
from opsportal.lib.languages import voice_of, written_in

SALT = "notifications.voice.menu"
Action = dict[str, Any]


def talk(words: str) -> Action:
    """In the voice of the language that is active."""
    return {"action": "talk", "text": words, "language": voice_of(get_language() or "en")}


def gather(words: str, url: str, wait_s: int = WAIT_S) -> list[Action]:
    """Read the words, and report one key, or silence, to the address."""
    return [
        {**talk(words), "bargeIn": True},
        {
            "action": "input",
            "type": ["dtmf"],
            "dtmf": {"maxDigits": 1, "timeOut": wait_s},
            "eventUrl": [url],
            "eventMethod": "POST",
        },
    ]


def ask(menu: Menu, keys_url: str) -> list[Action]:
    """Read a menu, and wait for a key. What it has to know goes in the address, signed here:
    Vonage signs the body alone."""
    state = signing.dumps(menu.fields, salt=SALT, compress=True)
    with written_in(menu.language):
        return gather(menu.words, f"{keys_url}?menu={state}&language={menu.language}")


def menu_of(state: str) -> Menu:
    """The menu of an address. Raises signing.BadSignature for one that was not made here."""
    return Menu.of(signing.loads(state, salt=SALT))


def dial(bridge: str, sender: str) -> list[Action]:
    """Lead the call to a bridge: two seconds after its answer its code is dialled."""
    number, code = number_and_code(bridge)
    endpoint = {"type": "phone", "number": number.lstrip("+")}
    if code:
        endpoint["dtmfAnswer"] = f"pppp{code}#"
    return [{"action": "connect", "from": sender, "endpoint": [endpoint]}]


def spell(actions: list[Action]) -> str:
    """The answer to a webhook."""
    return json.dumps(actions)
