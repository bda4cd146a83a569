"""Calls in Twilio's words: TwiML. https://www.twilio.com/docs/voice/twiml . Pure."""

from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import get_language

from notifications.providers.voice._menu import WAIT_S, Menu, number_and_code
from opsportal.lib.languages import voice_of, written_in


def ask(menu: Menu, keys_url: str) -> str:
    """Read it, and wait for a key; the address of keys gets what it has to know."""
    with written_in(menu.language):
        return gather(menu.words, f"{keys_url}?{urlencode(menu.fields)}")


def gather(words: str, action: str, wait_s: int = WAIT_S) -> str:
    """Read the words, and report one key, or silence, to the address."""
    return (
        f'<Response><Gather numDigits="1" timeout="{wait_s}" action={quoteattr(action)} '
        f'method="POST" actionOnEmptyResult="true">{say(words)}</Gather></Response>'
    )


def say(text: str) -> str:
    """In the voice of the language that is active."""
    return f'<Say language="{voice_of(get_language() or "en")}">{escape(text)}</Say>'


def goodbye(text: str) -> str:
    """A last sentence, and the end of the call."""
    return f"<Response>{say(text)}<Hangup/></Response>"


def dial(bridge: str) -> str:
    """Lead the call to a bridge: two pauses after its answer its code is dialled."""
    number, code = number_and_code(bridge)
    send = f" sendDigits={quoteattr(f'ww{code}#')}" if code else ""
    return f"<Response><Dial><Number{send}>{number}</Number></Dial></Response>"
