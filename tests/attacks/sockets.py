"""Raw HTTP: connections that send what they like, and as slowly as they like."""

import socket
import threading
import time
from contextlib import suppress


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def head(path, *headers, method="POST"):
    """The head of a request, with an empty line behind it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode()


def answer(connection):
    """The status of an answer, and all that comes until the server closes; (0, b"") for nothing."""
    received = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65536):
            received += chunk
    return (int(received.split()[1]) if received else 0), received


def ask(port, *pieces, end=False):
    """Send the pieces and, with ``end``, nothing more ever; returns the answer."""
    with connect(port) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return answer(connection)


class Drip:
    """Connections that each send one byte of their body every ``every_s`` seconds, until closed."""

    def __init__(self, connections, every_s=3.0):
        self.connections, self.every_s = connections, every_s
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._drip, daemon=True)
        self.thread.start()

    def _drip(self):
        while not self.is_over.wait(self.every_s):
            for connection in self.connections:
                with suppress(OSError):
                    connection.send(b" ")

    def close(self):
        self.is_over.set()
        self.thread.join()


def is_closed_within(connection, seconds):
    """Whether the server ends a connection in time; reads what it says before."""
    connection.settimeout(0.2)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if not connection.recv(65536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False
