"""The mail_receiver: the SMTP receiver and the looks into mailboxes, until it is told to stop."""

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
BEAT_EVERY_S = 5.0
TURN_S = 1.0
LONGEST_PAUSE_S = 900.0
PART = "mail_receiver"


# Asked beside the signs of life, which saves a query.
WANTED = Exists(MailAccount.objects.filter(is_enabled=True))


def is_wanted() -> bool:
    """Whether there is anything for it to do."""
    return bool(settings.INBOUND_SMTP) or MailAccount.objects.filter(is_enabled=True).exists()


def place() -> tuple[str, int]:
    """Where the receiver listens: ``host:port``, or a port alone for this machine only."""
    host, _, port = settings.INBOUND_SMTP.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def is_due(account: MailAccount, now: datetime, failures: int) -> bool:
    """Whether to look into it; after each failure in a row the pause is twice as long."""
    if account.last_polled_at is None:
        return True
    longest = max(LONGEST_PAUSE_S, account.every_seconds)
    pause = min(account.every_seconds * 2 ** min(failures, 10), longest)
    return (now - account.last_polled_at).total_seconds() >= pause


class MailReceiver:
    """Jobs with the database run in threads; a slow mailbox holds up no SMTP sender."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(4, "smtp")
        self.lookers = ThreadPoolExecutor(4, "imap")
        self.looking: set[int] = set()
        self.failures: dict[int, int] = {}
        self.beaten_at = 0.0
        self.stopped = asyncio.Event()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopped.set)
        server = await Receiver(self.pool).listen(*place()) if settings.INBOUND_SMTP else None
        try:
            while not self.stopped.is_set():
                await self._turn()
        finally:
            if server:
                server.close()
            # What a sender was promised is stored; who hears nothing sends it again.
            self.pool.shutdown(wait=True, cancel_futures=True)
            self.lookers.shutdown(wait=False, cancel_futures=True)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        due = await loop.run_in_executor(self.pool, self._due)
        for account in due:
            self.looking.add(account.pk)
            self.lookers.submit(self._look, account)
        try:
            await asyncio.wait_for(self.stopped.wait(), TURN_S)
        except TimeoutError:
            return

    def _due(self) -> list[MailAccount]:
        """Give a sign of life; then the accounts that it is time to look into."""
        try:
            close_old_connections()
            now = timezone.now()
            if time.monotonic() - self.beaten_at > BEAT_EVERY_S:
                process_health.record_heartbeat(PART, now=now)
                self.beaten_at = time.monotonic()
            rows = MailAccount.objects.filter(is_enabled=True).exclude(pk__in=self.looking)
            return [row for row in rows if is_due(row, now, self.failures.get(row.pk, 0))]
        except django.db.Error:
            logger.warning("The database does not answer; the mail_receiver tries again")
            connection.close()
            return []

    def _look(self, account: MailAccount) -> None:
        try:
            close_old_connections()
            imap.look(account)
            self.failures.pop(account.pk, None)
        except imap.LookError as error:
            self.failures[account.pk] = self.failures.get(account.pk, 0) + 1
            logger.warning("Mail account %s: %s", account, error)
        except Exception:
            logger.exception("Mail account %s could not be looked into", account)
            connection.close()
        finally:
            self.looking.discard(account.pk)
