"""The process that receives mails: SMTP, and polling of IMAP accounts, until SIGTERM."""

import asyncio
import logging
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import django.db
from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import Exists
from django.utils import timezone

from escalation.actions import process_health
from integrations.mail import imap
from integrations.mail.smtp import Receiver
from integrations.models import MailAccount

logger = logging.getLogger(__name__)
HEARTBEAT_INTERVAL_S = 5.0
POLL_INTERVAL_S = 1.0
MAX_PAUSE_S = 900.0
PART = "mail_receiver"


# Part of the query of process heartbeats, which saves one.
WANTED = Exists(MailAccount.objects.filter(is_enabled=True))


def is_wanted() -> bool:
    """Whether SMTP is set up or an account is enabled."""
    return bool(settings.INBOUND_SMTP) or MailAccount.objects.filter(is_enabled=True).exists()


def listen_address() -> tuple[str, int]:
    """INBOUND_SMTP as (host, port): ``host:port``, or a port alone for 127.0.0.1."""
    host, _, port = settings.INBOUND_SMTP.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def is_due(account: MailAccount, now: datetime, failures: int) -> bool:
    """Whether to poll it at ``now``; after each failure in a row the pause is twice as long."""
    if account.last_polled_at is None:
        return True
    longest = max(MAX_PAUSE_S, account.every_seconds)
    pause = min(account.every_seconds * 2 ** min(failures, 10), longest)
    return (now - account.last_polled_at).total_seconds() >= pause


class MailReceiver:
    """Database work runs in threads; a slow mailbox holds up no SMTP sender."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(4, "smtp")
        self.pollers = ThreadPoolExecutor(4, "imap")
        self.polling: set[int] = set()
        self.failures: dict[int, int] = {}
        self.heartbeat_at = 0.0
        self.stopped = asyncio.Event()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopped.set)
        server = (
            await Receiver(self.pool).listen(*listen_address()) if settings.INBOUND_SMTP else None
        )
        try:
            while not self.stopped.is_set():
                await self._poll_once()
        finally:
            if server:
                server.close()
            # What a sender was promised is stored; who hears nothing sends it again.
            self.pool.shutdown(wait=True, cancel_futures=True)
            self.pollers.shutdown(wait=False, cancel_futures=True)

    async def _poll_once(self) -> None:
        loop = asyncio.get_running_loop()
        due = await loop.run_in_executor(self.pool, self._due)
        for account in due:
            self.polling.add(account.pk)
            self.pollers.submit(self._poll, account)
        try:
            await asyncio.wait_for(self.stopped.wait(), POLL_INTERVAL_S)
        except TimeoutError:
            return

    def _due(self) -> list[MailAccount]:
        """Record the process heartbeat; returns the accounts that are due."""
        try:
            close_old_connections()
            now = timezone.now()
            if time.monotonic() - self.heartbeat_at > HEARTBEAT_INTERVAL_S:
                process_health.record_heartbeat(PART, now=now)
                self.heartbeat_at = time.monotonic()
            rows = MailAccount.objects.filter(is_enabled=True).exclude(pk__in=self.polling)
            return [row for row in rows if is_due(row, now, self.failures.get(row.pk, 0))]
        except django.db.Error:
            logger.warning("The database does not answer; the mail_receiver tries again")
            connection.close()
            return []

    def _poll(self, account: MailAccount) -> None:
        try:
            close_old_connections()
            imap.poll(account)
            self.failures.pop(account.pk, None)
        except imap.PollError as error:
            self.failures[account.pk] = self.failures.get(account.pk, 0) + 1
            logger.warning("Mail account %s: %s", account, error)
        except Exception:
            logger.exception("Mail account %s could not be looked into", account)
            connection.close()
        finally:
            self.polling.discard(account.pk)
