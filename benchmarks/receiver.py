"""The far end: a process that takes webhooks and mails and notes when each arrived."""

import asyncio
import multiprocessing
import re
import socket
import time
from multiprocessing.connection import Connection
from typing import Any

import orjson
from aiosmtpd.controller import Controller

KEY = re.compile(rb"\bk-[0-9a-z-]+\b")


class _Http(asyncio.Protocol):
    """As little HTTP as keeps a connection alive."""

    arrived: list[tuple[float, str, str, bool, str]] = []

    def connection_made(self, transport: Any) -> None:
        self.transport, self.rest = transport, b""

    def data_received(self, data: bytes) -> None:
        at = time.time()
        self.rest += data
        while (split := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[:split].lower()
            size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.rest) < split + 4 + size:
                return
            body = orjson.loads(self.rest[split + 4 : split + 4 + size])
            self.rest = self.rest[split + 4 + size :]
            incident = body["incident"] or {}
            self.arrived.append(
                (at, incident["title"], body["delivery_id"], body["may_repeat"], body["event"])
            )
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class _Mails:
    """Each mail as the keys it names."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, list[str]]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        keys = set(KEY.findall(envelope.content.replace(b"=\r\n", b"")))
        self.arrived.append((time.time(), [key.decode() for key in keys]))
        return "250 OK"


class Receiver:
    """``url`` takes POSTs, ``smtp_port`` takes mails; ``take`` returns what has arrived since."""

    def __init__(self) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.port, self.smtp_port = self.pipe.recv()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self) -> tuple[list, list]:
        self.pipe.send("take")
        return self.pipe.recv()

    def close(self) -> None:
        self.process.terminate()
        self.process.join(10)
        self.process.close()
        self.pipe.close()


def _serve(pipe: Connection) -> None:
    asyncio.run(_run(pipe))


async def _run(pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Http, "127.0.0.1", 0)
    mails = _Mails()
    smtp = Controller(mails, hostname="127.0.0.1", port=free_port(), ready_timeout=10)
    smtp.start()

    def take() -> None:
        pipe.recv()
        pipe.send((list(_Http.arrived), list(mails.arrived)))
        _Http.arrived.clear()
        mails.arrived.clear()

    loop.add_reader(pipe.fileno(), take)
    pipe.send((server.sockets[0].getsockname()[1], smtp.port))
    await asyncio.Event().wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
