"""The process that asks chats for answers, where they do not reach the portal, until SIGTERM."""

import logging
import signal
import threading
import time

import django.db
from django.db import close_old_connections, connection
from django.db.models import Exists
from django.utils import timezone

from escalation.actions import process_health
from notifications.actions import polling
from notifications.models import Provider

logger = logging.getLogger(__name__)
PART = "chat_poller"
HEARTBEAT_INTERVAL_S = 5.0
LOOK_INTERVAL_S = 1.0
PAUSE_S = 5.0  # while the database does not answer

# Part of the query of process heartbeats, which saves one.
WANTED = Exists(Provider.objects.filter(is_enabled=True, is_polled=True))


def is_wanted() -> bool:
    """Whether an account is asked for answers."""
    return (
        bool(polling.polled_by_environment())
        or Provider.objects.filter(is_enabled=True, is_polled=True).exists()
    )


class ChatPoller:
    """A thread for each account: one that is slow holds up no other."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.threads: dict[str, threading.Thread] = {}
        self.heartbeat_at = float("-inf")

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Threads that wait end with the process: what they have not taken
        comes again."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopped.set())
        while not self.stopped.is_set():
            self.look()
            self.stopped.wait(LOOK_INTERVAL_S)

    def look(self) -> None:
        """Record the process heartbeat, and begin with accounts that nobody asks yet."""
        try:
            close_old_connections()
            if time.monotonic() - self.heartbeat_at > HEARTBEAT_INTERVAL_S:
                process_health.record_heartbeat(PART, now=timezone.now())
                self.heartbeat_at = time.monotonic()
            tokens = {account.token for account in polling.polled_accounts()}
        except django.db.Error:
            logger.warning("The database does not answer; the chat_poller tries again")
            connection.close()
            return
        self.threads = {token: one for token, one in self.threads.items() if one.is_alive()}
        for token in tokens - self.threads.keys():
            thread = threading.Thread(target=self._work, args=[token], name="poll", daemon=True)
            self.threads[token] = thread
            thread.start()

    def _work(self, token: str) -> None:
        position = ""
        try:
            while not self.stopped.is_set():
                state = self._poll(token, position)
                if state is None:
                    return
                position, pause_s = state
                self.stopped.wait(pause_s)
        finally:
            connection.close()

    def _poll(self, token: str, position: str) -> tuple[str, float] | None:
        try:
            close_old_connections()
            return polling.poll(token, position)
        except Exception:
            logger.exception("An account could not be asked for answers")
            connection.close()
            return position, PAUSE_S
