"""A running SMTP receiver, for tests, and a client that sends to it."""

import asyncio
import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from integrations.mail.smtp import Receiver
from tests.integrations.mails import DOMAIN


class Running:
    """A receiver with a loop and a thread of its own, as the mail_receiver has."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(1)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        listening = self.run(self.listen())
        self.server, self.port = listening, listening.sockets[0].getsockname()[1]

    async def listen(self):
        return await Receiver(self.pool).listen("127.0.0.1", 0)

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def end(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def stop(self):
        self.run(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()
        self.pool.submit(connections.close_all).result(60)
        self.pool.shutdown()

    def client(self):
        return smtplib.SMTP("127.0.0.1", self.port, timeout=60)


@pytest.fixture
def start_receiver(settings):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN
    started = []

    def begin(**changed):
        for name, value in changed.items():
            setattr(settings, name, value)
        started.append(Running())
        return started[-1]

    yield begin
    for one in started:
        one.stop()


@pytest.fixture
def receiver(start_receiver):
    return start_receiver()


def send(client, raw, to=f"ops@{DOMAIN}", sender="monitor@example.com"):
    """The answer to one mail, as (code, text)."""
    client.ehlo_or_helo_if_needed()
    client.mail(sender)
    code, text = client.rcpt(to)
    if code == 250:
        code, text = client.data(raw)
    client.rset()
    return code, text.decode()
