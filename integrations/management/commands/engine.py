"""``manage.py engine``: works off what came in. Any number of them may run."""

import logging
import os
import signal
import time

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from escalation import verbs as escalation_verbs
from incidents.doorbell import INBOUND, Bell
from integrations import verbs
from integrations.reading import Reader

logger = logging.getLogger(__name__)
BEHIND_WEB = 5  # Where there is too little CPU for both, to accept goes first: senders may give up.
IDLE_S = 1.0
EAGER_S = 0.01  # Not every message rings: after one there may be more.
EAGER_FOR_S = 0.1
BEAT_EVERY_S = 5.0
READER_S = 0.2  # For so long a change of an integration or policy may go unnoticed.


class Command(BaseCommand):
    help = "Runs the engine: turns stored messages into alerts and incidents."

    def handle(self, *args, **options):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        os.nice(BEHIND_WEB)
        self.stopped = False
        self.beaten_at = self.worked_at = self.read_at = 0.0
        bell = Bell([INBOUND])
        while not self.stopped:
            try:
                self.turn(bell)
            except (OperationalError, InterfaceError):
                logger.warning("The database does not answer; the engine tries again")
                connection.close()
                time.sleep(0.5)

    def stop(self, *args):
        self.stopped = True

    def turn(self, bell: Bell) -> None:
        moment = time.monotonic()
        if moment - self.beaten_at > BEAT_EVERY_S:
            self.beaten_at = moment
            escalation_verbs.beat("engine", now=timezone.now())
            verbs.raise_losses(now=timezone.now())
        if moment - self.read_at > READER_S:
            self.reader, self.read_at = Reader(), moment
        if verbs.work(reader=self.reader):
            self.worked_at = moment
        elif moment - self.worked_at < EAGER_FOR_S:
            bell.wait(EAGER_S)
        elif bell.wait(IDLE_S):
            self.worked_at = time.monotonic()
