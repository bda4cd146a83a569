"""Calls that come in at a number of Vonage's.

https://developer.vonage.com/en/voice/voice-api/ncco-reference#conversation and
https://developer.vonage.com/en/api/voice#updateCall
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from notifications.call_control import ASK_S, MAX_MESSAGE_S, Answer, CallControl, CallReport, Leg
from notifications.channels._base import Config
from notifications.providers import _vonage_app
from notifications.providers._http import with_plus
from notifications.providers.voice import _ncco
from notifications.receipts import Callback
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

JSON = "application/json"
MAX_RECORDING_BYTES = 8 * 1024 * 1024
HOSTS = (".nexmo.com", ".vonage.com")
ENDED = {"completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"}
MIN_NUMBER_DIGITS = 6


class VonageCalls(CallControl):
    """The caller waits in a conversation, which begins when somebody has pressed the key."""

    steps = (
        "Give the route an application of its own in Vonage's dashboard, with signed webhooks.",
        "Under Voice set the answer URL to {url} with HTTP POST.",
        "Set the event URL to {event_url} with HTTP POST.",
        "Link the number to this application, and dial it.",
    )

    def read(self, config: Config, callback: Callback) -> CallReport:
        fields = _vonage_app.read_signed(config, callback)
        caller, status = str(fields.get("from") or ""), str(fields.get("status") or "")
        is_number = caller.isdecimal() and len(caller) > MIN_NUMBER_DIGITS
        return CallReport(
            call_id=str(fields.get("uuid") or ""),
            caller=with_plus(caller) if is_number else "",
            ended=status if status in ENDED else "",
            key=str((fields.get("dtmf") or {}).get("digits") or ""),
            recording_url=str(fields.get("recording_url") or ""),
            recording_s=_seconds(fields),
        )

    def hold(self, words: str, room: str, url: str) -> Answer:
        """The end of the call is an event of the application."""
        return _answer(_ncco.talk(words), _conversation(room, starts=False))

    def join(self, words: str, room: str) -> Answer:
        return _answer(_ncco.talk(words), _conversation(room, starts=True))

    def say(self, words: str) -> Answer:
        return _answer(_ncco.talk(words))

    def ring(self, config: Config, leg: Leg) -> str:
        body = {
            "to": [{"type": "phone", "number": leg.number.lstrip("+")}],
            "from": {"type": "phone", "number": leg.sender.lstrip("+")},
            "ncco": _ncco.gather(leg.words, leg.key_url, ASK_S),
            "event_url": [leg.url],
            "event_method": "POST",
            "ringing_timer": leg.ring_s,
        }
        return str(_vonage_app.call(config, "POST", "/v1/calls", body).get("uuid", ""))

    def take_message(self, config: Config, call_id: str, words: str, url: str) -> None:
        record = {
            "action": "record",
            "eventUrl": [url],
            "eventMethod": "POST",
            "beepStart": True,
            "endOnKey": "#",
            "endOnSilence": 10,
            "timeOut": MAX_MESSAGE_S,
        }
        ncco = [_ncco.talk(words), record, _ncco.talk(_("Thank you. Goodbye."))]
        destination = {"type": "ncco", "ncco": ncco}
        self._change(config, call_id, {"action": "transfer", "destination": destination})

    def hang_up(self, config: Config, call_id: str) -> None:
        self._change(config, call_id, {"action": "hangup"})

    def recording(self, config: Config, url: str) -> tuple[bytes, str]:
        host = urlsplit(url).hostname or ""
        if not host.endswith(HOSTS) and host != urlsplit(_vonage_app.API).hostname:
            raise DeliveryError("The recording is not at Vonage.", permanent=True)
        answer = http.download(
            url,
            headers=_vonage_app.login(config),
            timeout=_vonage_app.TIMEOUT_S,
            max_bytes=MAX_RECORDING_BYTES,
        )
        if not answer.ok:
            raise DeliveryError(f"Vonage does not give the recording ({answer.status_code}).")
        return answer.content, "audio/mpeg"

    def _change(self, config: Config, call_id: str, body: dict[str, Any]) -> None:
        _vonage_app.call(config, "PUT", f"/v1/calls/{call_id}", body)


def _conversation(room: str, *, starts: bool) -> _ncco.Action:
    return {
        "action": "conversation",
        "name": room,
        "startOnEnter": starts,
        "endOnExit": True,
    }


def _answer(*actions: _ncco.Action) -> Answer:
    return Answer(_ncco.spell(list(actions)), JSON)


def _seconds(fields: dict[str, Any]) -> int:
    """How long a recording is; 0 where that is not said."""
    try:
        start = datetime.fromisoformat(str(fields["start_time"]))
        end = datetime.fromisoformat(str(fields["end_time"]))
    except (KeyError, ValueError):
        return 0
    return max(0, round((end - start).total_seconds()))
