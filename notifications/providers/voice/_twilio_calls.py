"""Calls that come in at a number of Twilio's.

https://www.twilio.com/docs/voice/twiml/conference , /docs/voice/twiml/record and
/docs/voice/api/call-resource
"""

from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from notifications.call_control import ASK_S, MAX_MESSAGE_S, Answer, CallControl, CallReport, Leg
from notifications.channels._base import Config
from notifications.providers import _twilio
from notifications.providers._http import int_of
from notifications.providers.voice import _twiml
from notifications.receipts import Callback
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

XML = "text/xml"
TIMEOUT_S = 8.0
MAX_RECORDING_BYTES = 8 * 1024 * 1024
LEFT = "participant-leave"
ENDED = {"completed", "busy", "no-answer", "failed", "canceled"}
# What Twilio names where the caller withholds the number: ANONYMOUS on the keys of a phone.
WITHHELD = "+266696687"


class TwilioCalls(CallControl):
    """The caller waits in a conference, which begins when somebody has pressed the key."""

    steps = (
        "Open the number under Phone Numbers, Manage, Active numbers in Twilio's console.",
        "Under Voice Configuration set “A call comes in” to Webhook, {url} and HTTP POST.",
        "Save, and dial the number.",
    )

    def read(self, config: Config, callback: Callback) -> CallReport:
        form = _twilio.read_form(config, callback)
        caller, status = form.get("From", ""), form.get("CallStatus", "")
        ended = status if status in ENDED else ""
        if form.get("StatusCallbackEvent") == LEFT:
            ended = "completed"
        return CallReport(
            call_id=form.get("CallSid", ""),
            caller=caller if _is_number(caller) else "",
            ended=ended,
            key=form.get("Digits", ""),
            recording_url=form.get("RecordingUrl", ""),
            recording_s=int_of(form.get("RecordingDuration")),
            transcript=form.get("TranscriptionText", ""),
        )

    def hold(self, words: str, room: str, url: str) -> Answer:
        events = f'statusCallback={quoteattr(url)} statusCallbackEvent="leave"'
        return _xml(
            f'{_twiml.say(words)}<Dial><Conference startConferenceOnEnter="false" '
            f'endConferenceOnExit="true" beep="false" {events}>{escape(room)}</Conference></Dial>'
        )

    def join(self, words: str, room: str) -> Answer:
        return _xml(
            f'{_twiml.say(words)}<Dial><Conference startConferenceOnEnter="true" '
            f'endConferenceOnExit="true" beep="false">{escape(room)}</Conference></Dial>'
        )

    def say(self, words: str) -> Answer:
        return Answer(_twiml.goodbye(words), XML)

    def ring(self, config: Config, leg: Leg) -> str:
        fields = {
            "To": leg.number,
            "From": leg.sender,
            "Timeout": leg.ring_s,
            "StatusCallback": leg.url,
            "Twiml": _twiml.gather(leg.words, leg.key_url, ASK_S),
        }
        answer = _twilio.call(config, "/Calls.json", fields, timeout_s=TIMEOUT_S)
        return str(answer.get("sid", ""))

    def take_message(self, config: Config, call_id: str, words: str, url: str) -> None:
        where = quoteattr(url)
        record = (
            f'<Record maxLength="{MAX_MESSAGE_S}" playBeep="true" finishOnKey="#" timeout="10" '
            f'recordingStatusCallback={where} transcribe="true" transcribeCallback={where} '
            f"action={where}/>"
        )
        twiml = _xml(f"{_twiml.say(words)}{record}").body
        self._change(config, call_id, {"Twiml": twiml})

    def hang_up(self, config: Config, call_id: str) -> None:
        self._change(config, call_id, {"Status": "completed"})

    def recording(self, config: Config, url: str) -> tuple[bytes, str]:
        if urlsplit(url).hostname != urlsplit(_twilio.API).hostname:
            raise DeliveryError("The recording is not at Twilio.", permanent=True)
        answer = http.download(
            f"{url}.mp3",
            headers=_twilio.login(config),
            timeout=TIMEOUT_S,
            max_bytes=MAX_RECORDING_BYTES,
        )
        if not answer.ok:
            raise DeliveryError(f"Twilio does not give the recording ({answer.status_code}).")
        return answer.content, "audio/mpeg"

    def _change(self, config: Config, call_id: str, fields: dict[str, str]) -> None:
        _twilio.call(config, f"/Calls/{call_id}.json", fields, timeout_s=TIMEOUT_S)


def _is_number(caller: str) -> bool:
    return caller.startswith("+") and caller[1:].isdecimal() and caller != WITHHELD


def _xml(content: str) -> Answer:
    return Answer(f"<Response>{content}</Response>", XML)
