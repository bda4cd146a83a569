"""The line to one workspace in Socket Mode: each envelope is acknowledged within three seconds."""

import json
import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import Any

import django.db
from django.db import close_old_connections
from websocket import ABNF

from notifications.actions.slack_envelopes import act_on_envelope, answer_late
from notifications.provider_accounts import ProviderAccount
from opsportal.lib.net import websockets
from opsportal.lib.net.websockets import GONE, Timeout, WebSocket

logger = logging.getLogger(__name__)
ACKNOWLEDGE_WITHIN_S = 2.5  # Slack waits for three seconds, and sends it again after that.
LOOK_EVERY_S = 0.2
SILENT_AFTER_S = 60.0  # Slack pings every few seconds.
LAST_WORDS_S = 3.0


class SocketLine:
    """One open line. Its thread alone reads and writes; what is asked for is done by ``pool``."""

    def __init__(
        self, account: ProviderAccount, socket: WebSocket, pool: ThreadPoolExecutor
    ) -> None:
        self.account, self.socket, self.pool = account, socket, pool
        self.outgoing: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.pending: set[Future[None]] = set()
        self.is_welcome = False  # Slack has said hello.
        self.heard_at = time.monotonic()
        socket.settimeout(LOOK_EVERY_S)

    def look(self) -> str:
        """Take what has come, and send what is due; the reason for which Slack disconnects, ''
        where it does not. Raises what ``GONE`` names."""
        try:
            opcode, data = self.socket.recv_data(control_frame=True)
        except Timeout:
            opcode, data = None, b""
        self._send_due()
        if opcode is None:
            if time.monotonic() - self.heard_at > SILENT_AFTER_S:
                raise TimeoutError("Slack has been silent for a minute")
            return ""
        self.heard_at = time.monotonic()
        if opcode == ABNF.OPCODE_CLOSE:
            raise ConnectionError("Slack closed the line")
        return self._take(data) if opcode == ABNF.OPCODE_TEXT else ""

    def close(self) -> None:
        """Answer what came by it, for a few seconds, and close it."""
        try:
            wait(self.pending, timeout=LAST_WORDS_S)
            self._send_due()
            websockets.close(self.socket)
        except GONE:
            logger.info("A line to %s was gone already", self.account.name)

    def _take(self, data: bytes) -> str:
        frame = json.loads(data)
        if not isinstance(frame, dict):
            return ""
        if frame.get("type") == "hello":
            self.is_welcome = True
        if frame.get("type") == "disconnect":
            return str(frame.get("reason") or "unknown")
        if frame.get("envelope_id"):
            self.pending = {one for one in self.pending if not one.done()}
            self.pending.add(self.pool.submit(self._answer, frame))
        return ""

    def _answer(self, frame: Mapping[str, Any]) -> None:
        """Acknowledge an envelope with what came of it; what the database could not be asked for
        is left to be sent again."""
        acknowledgement = _Acknowledgement(self.outgoing, str(frame["envelope_id"]))
        timer = threading.Timer(ACKNOWLEDGE_WITHIN_S, acknowledgement.send)
        timer.daemon = True
        timer.start()
        answer: dict[str, Any] = {}
        try:
            close_old_connections()
            answer = act_on_envelope(self.account, frame)
        except django.db.OperationalError:
            logger.warning("The database does not answer: %s is to ask again", self.account.name)
            return
        except Exception:
            logger.exception("An envelope of %s could not be answered", self.account.name)
        finally:
            timer.cancel()
        if not acknowledgement.send(answer):
            answer_late(self.account, frame, answer)

    def _send_due(self) -> None:
        while True:
            try:
                self.socket.send(json.dumps(self.outgoing.get_nowait()))
            except Empty:
                return


class _Acknowledgement:
    """Sent once: with an answer, or without one where that takes too long."""

    def __init__(self, outgoing: "SimpleQueue[dict[str, Any]]", envelope_id: str) -> None:
        self.outgoing, self.envelope_id = outgoing, envelope_id
        self.lock, self.is_sent = threading.Lock(), False

    def send(self, answer: Mapping[str, Any] | None = None) -> bool:
        """False where it was sent before."""
        with self.lock:
            if self.is_sent:
                return False
            self.is_sent = True
        more = {"payload": dict(answer)} if answer else {}
        self.outgoing.put({"envelope_id": self.envelope_id, **more})
        return True
