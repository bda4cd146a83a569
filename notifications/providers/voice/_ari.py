"""One call by Asterisk: what it says of it, by a WebSocket, and what it is told, by REST (ARI).

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-REST-Interface-ARI/
"""

import json
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.message.spoken import digits_apart
from notifications.providers import _calls
from notifications.providers._calls import Fault
from notifications.providers._http import basic
from notifications.providers.voice import _menu
from notifications.providers.voice._menu import Menu
from notifications.receipts import Hear, Heard, Receipt, Reply
from opsportal.lib.languages import voice_of, written_in
from opsportal.lib.net import websockets
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.net.websockets import WebSocket

TIMEOUT_S = 8.0
# Why a call is over, by the causes of Q.850.
CAUSES = {
    1: "no such number",
    3: "no route",
    16: _menu.NO_KEY,
    17: "busy",
    18: "no answer",
    19: "no answer",
    20: "not reachable",
    21: "declined",
    27: "out of order",
    34: "no free line",
}
NO_SPEECH = "the speech could not be played"


def ask(config: Config, method: str, path: str, **query: object) -> dict[str, Any]:
    """The object that Asterisk answers. Raises DeliveryError in its words."""
    url = f"{config['server']}/ari{path}" + (f"?{urlencode(query)}" if query else "")
    response, fields = _calls.call(method, url, headers=login(config), timeout_s=TIMEOUT_S)
    if response.ok:
        return fields
    words = fields.get("message") or fields.get("error") or response.reason
    sentence = f"Asterisk: {words} ({response.status_code})"
    fault = Fault.PROVIDER if response.status_code < 500 else None
    raise _calls.refusal(response, sentence, fault=fault)


def login(config: Config) -> dict[str, str]:
    """The header that shows which user of ARI it is."""
    return basic(str(config["username"]), str(config["password"]))


def place(config: Config, number: str) -> "AriCall":
    """Call a number. The line for events is open first: an application of its own for each call,
    as a second line of the same one would take its events away. Raises DeliveryError."""
    call_id = f"opsportal-{uuid4().hex}"
    server = "ws" + str(config["server"]).removeprefix("http")
    url = f"{server}/ari/events?{urlencode({'app': call_id})}"
    line = websockets.connect(url, TIMEOUT_S, headers=login(config))
    endpoint = str(config["endpoint"]).replace("{{number}}", number)
    query: dict[str, object] = {
        "endpoint": endpoint.replace("{{number_plain}}", number.lstrip("+")),
        "app": call_id,
        "channelId": call_id,
        "timeout": _menu.RING_S,
    }
    if config.get("caller"):
        query["callerId"] = config["caller"]
    try:
        ask(config, "POST", "/channels", **query)
    except DeliveryError:
        websockets.close(line)
        raise
    return AriCall(config, line, call_id, number)


class AriCall:
    """A call that was placed. ``follow`` reads the menu and does what its keys say, to its end."""

    def __init__(self, config: Config, line: WebSocket, call_id: str, number: str) -> None:
        self.config, self.line, self.call_id, self.number = config, line, call_id, number
        self.menu: Menu | None = None
        self.playback = ""
        self.is_last = self.is_over = False
        self.key_due: float | None = None

    def follow(self, first: Menu | str, hear: Hear) -> None:
        """Until the call is over. ``first``: the menu, in its language, or words after which it
        ends."""
        with written_in(first.language if isinstance(first, Menu) else ""):
            self._follow(first, hear)

    def _follow(self, first: Menu | str, hear: Hear) -> None:
        ends_at = time.monotonic() + _menu.RING_S + _menu.MAX_CALL_S
        self.menu = first if isinstance(first, Menu) else None
        try:
            while not self.is_over and (now := time.monotonic()) < ends_at:
                text = websockets.receive(self.line, min(ends_at, self.key_due or ends_at) - now)
                if text is not None:
                    self._take(json.loads(text), first, hear)
                elif self.key_due is not None and time.monotonic() >= self.key_due:
                    self._press("", hear)
        except (websockets.Closed, DeliveryError, ValueError) as error:
            self._end(f"the line to Asterisk broke: {error}"[:100], hear)
        finally:
            websockets.close(self.line)
            with suppress(DeliveryError):
                self._hang_up()

    def _take(self, event: dict[str, Any], first: Menu | str, hear: Hear) -> None:
        """One event of the call; of what else there is nothing is wanted."""
        kind = event.get("type")
        if kind == "StasisStart":
            self._say(first.words if isinstance(first, Menu) else first, last=self.menu is None)
        elif kind == "ChannelDtmfReceived":
            self._press(str(event.get("digit") or ""), hear)
        elif kind == "PlaybackFinished":
            self._played(event.get("playback") or {}, hear)
        elif kind == "ChannelDestroyed":
            cause = event.get("cause")
            self._end(CAUSES.get(cause, f"cause {cause}"), hear)  # type: ignore[arg-type]

    def _played(self, playback: dict[str, Any], hear: Hear) -> None:
        if playback.get("id") != self.playback:
            return  # It was stopped by a key.
        if playback.get("state") == "failed":
            self._end(NO_SPEECH, hear)
        elif self.is_last:
            self._hang_up()
        else:
            self.key_due = time.monotonic() + _menu.WAIT_S

    def _press(self, key: str, hear: Hear) -> None:
        """A key, or silence: what it does, and what is said next."""
        if self.menu is None or self.is_last:
            return
        done = _menu.press(self.menu, key)
        receipts = done.receipts(self.call_id)
        if done.command:
            reply = Reply(
                address=self.number,
                text=done.command,
                event_id=f"{self.call_id}:{key}",
                in_reply_to=self.call_id,
            )
            texts = hear(Heard(receipts=receipts, replies=(reply,)))
            self._say(digits_apart(" ".join(texts)) or _(_menu.NOTHING_DONE), last=True)
            return
        if receipts:
            hear(Heard(receipts=receipts))
        if done.menu:
            self.menu = done.menu
            self._say(done.menu.words)
        else:
            self._say(done.words, last=True)

    def _say(self, words: str, *, last: bool = False) -> None:
        """Play the words, in place of what is being said."""
        if self.playback:
            with suppress(DeliveryError):  # It may have ended by itself.
                ask(self.config, "DELETE", f"/playbacks/{self.playback}")
        self.playback, self.is_last, self.key_due = uuid4().hex, last, None
        speech = str(self.config["speech"]).replace("{{language}}", voice_of(get_language() or ""))
        media = speech.replace("{{text}}", quote(words, safe=""))
        path = f"/channels/{self.call_id}/play"
        ask(self.config, "POST", path, media=media, playbackId=self.playback)

    def _hang_up(self) -> None:
        """End it; one that is over by now is not found."""
        ask(self.config, "DELETE", f"/channels/{self.call_id}")

    def _end(self, code: str, hear: Hear) -> None:
        """It is over. After a key this changes nothing: who was reached stays reached."""
        self.is_over = True
        receipt = Receipt(provider_id=self.call_id, state=ReceiptState.FAILED, code=code)
        hear(Heard(receipts=(receipt,)))
