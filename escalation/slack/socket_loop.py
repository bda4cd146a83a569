"""The process that talks to Slack by Socket Mode, for portals that Slack cannot reach."""

import logging
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import django.db
from django.db import close_old_connections, connection
from django.utils import timezone

from escalation.actions import process_health
from escalation.models import ProcessHeartbeat
from escalation.slack.socket_line import SocketLine
from notifications.actions.slack_envelopes import open_line, socket_accounts
from notifications.provider_accounts import ProviderAccount
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.net.websockets import GONE

logger = logging.getLogger(__name__)
PART = "slack_socket"
LOOK_EVERY_S = 5.0
MIN_PAUSE_S, MAX_PAUSE_S = 1.0, 60.0
LASTING_S = 60.0
REPLACED = ("warning", "refresh_requested")  # Slack is about to end the line.
CONNECTING = "it is being connected"
THREADS = 4


def is_wanted() -> bool:
    """Whether a workspace has a token for Socket Mode."""
    return bool(socket_accounts())


def forget() -> None:
    """Drop the heartbeat of a process that is not wanted any more: nobody misses it."""
    ProcessHeartbeat.objects.filter(process=PART).delete()


class Workspace:
    """Keeps a line to one workspace open in a thread of its own, until ``stop`` is set.

    ``error`` says what is wrong; '' while it is connected.
    """

    def __init__(self, account: ProviderAccount) -> None:
        self.account, self.error = account, CONNECTING
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, name=f"slack-{account.key}", daemon=True)

    def run(self) -> None:
        """Connect, and again whenever the line is gone; after failures later and later."""
        pause_s = MIN_PAUSE_S
        with ThreadPoolExecutor(THREADS, f"slack-{self.account.key}") as pool:
            while not self.stop.is_set():
                began = time.monotonic()
                self._try(pool)
                is_lasting = time.monotonic() - began > LASTING_S
                pause_s = MIN_PAUSE_S if is_lasting else min(pause_s * 2, MAX_PAUSE_S)
                self.stop.wait(pause_s)

    def _try(self, pool: ThreadPoolExecutor) -> None:
        try:
            self._serve(pool)
        except DeliveryError as error:
            self.error = str(error)
        except GONE as error:
            self.error = f"the line is gone: {error}"[:200]
        except Exception as error:
            logger.exception("The line to %s failed", self.account.name)
            self.error = type(error).__name__
        if self.error:
            logger.warning("%s is not connected by Socket Mode: %s", self.account.name, self.error)

    def _serve(self, pool: ThreadPoolExecutor) -> None:
        """Until the line is gone; one that Slack is about to end is replaced before it is closed.

        Raises DeliveryError, and what ``GONE`` names.
        """
        line = SocketLine(self.account, open_line(self.account), pool)
        try:
            while not self.stop.is_set():
                reason = line.look()
                if line.is_welcome:
                    self.error = ""
                if reason and reason not in REPLACED:
                    raise DeliveryError(f"Slack ended it: {reason}", permanent=True)
                if reason:
                    old, line = line, SocketLine(self.account, open_line(self.account), pool)
                    old.close()
        finally:
            line.close()


class SocketLoop:
    """Keeps a line to each workspace that has a token, as the settings are by now."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.workspaces: dict[str, Workspace] = {}

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        while not self.stop.is_set():
            try:
                self.look()
            except django.db.Error:
                logger.warning("The database does not answer; %s tries again", PART)
                connection.close()
            self.stop.wait(LOOK_EVERY_S)
        self.end()

    def look(self) -> None:
        """Connect those that are new or have other credentials, leave those that are gone, and
        record how all are."""
        close_old_connections()
        wanted = {one.key: one for one in socket_accounts()}
        for key, workspace in list(self.workspaces.items()):
            if key not in wanted or wanted[key].config != workspace.account.config:
                self.workspaces.pop(key).stop.set()
        for key, account in wanted.items():
            if key not in self.workspaces:
                self.workspaces[key] = Workspace(account)
                self.workspaces[key].thread.start()
        errors = {one.account.name: one.error for one in self.workspaces.values() if one.error}
        facts = {"workspaces": len(wanted), "errors": errors}
        process_health.record_heartbeat(PART, now=timezone.now(), **facts)

    def end(self) -> None:
        """Leave all, once what came is answered."""
        for workspace in self.workspaces.values():
            workspace.stop.set()
        for workspace in self.workspaces.values():
            workspace.thread.join(timeout=5)
