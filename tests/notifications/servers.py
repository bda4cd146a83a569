"""Servers that behave as they are told, each on a port of its own of this machine."""

import asyncio
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from tests.portal import free_port


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent. ``behave(handler)`` answers, with 200 unless told otherwise."""

    daemon_threads = True

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.lines, self.behave = [], set(), answer
        self.over, self.delay = threading.Event(), 0
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook/t0ken"

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""

    def stop(self):
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.server.over.wait(self.server.delay)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.lines.add(self.client_address)
        self.server.behave(self)

    do_GET = do_PUT = do_PATCH = do_POST

    def log_message(self, *args):
        pass


def answer(handler, status=200, body=b"ok", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def say_nothing(handler):
    handler.server.over.wait(20)
    handler.close_connection = True


def hang_up(handler):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def trickle(head):
    """A byte each time that a reader is about to give up, without an end."""

    def behave(handler):
        handler.wfile.write(head)
        while not handler.server.over.wait(0.05):
            handler.wfile.write(b"x")

    return behave


def flood(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    try:
        while not handler.server.over.is_set():
            handler.wfile.write(b"x" * 65536)
    except OSError:
        handler.server.over.set()


class Mailbox(Controller):
    """An SMTP server. ``replies`` says what a command is answered with; None hangs up.

    A number is the seconds that the answer takes.
    """

    def __init__(self):
        self.mails, self.replies, self.lines = [], {}, set()
        super().__init__(self, hostname="127.0.0.1", port=free_port(), ready_timeout=60)

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return await self._reply(server, "RCPT")

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        self.lines.add(session.peer)
        self.transport = server.transport
        return await self._reply(server, "DATA")

    def drop_line(self):
        self.loop.call_soon_threadsafe(self.transport.abort)

    async def _reply(self, server, command):
        reply = self.replies.get(command, "250 OK")
        if isinstance(reply, float):
            await asyncio.sleep(reply)
            return "250 OK at last"
        if reply is None:
            server.transport.abort()
            return "421 gone"
        return reply
