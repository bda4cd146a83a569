"""The other end of Socket Mode: a WebSocket server (RFC 6455) that sends what it is told."""

import base64
import hashlib
import json
import threading
from queue import Empty, SimpleQueue

from tests.notifications.servers import Receiver

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
PATIENCE_S = 20


class Line:
    """One connection, as Slack sees it."""

    def __init__(self, handler):
        self.handler = handler
        self.received, self.closed = SimpleQueue(), threading.Event()

    def send(self, frame, opcode=TEXT):
        data = json.dumps(frame).encode() if opcode == TEXT else b""
        head = bytes([0x80 | opcode])
        size = len(data)
        head += bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2)
        self.handler.wfile.write(head + data)

    def next(self):
        """The next message that comes."""
        return self.received.get(timeout=PATIENCE_S)

    @property
    def is_quiet(self):
        try:
            return self.received.get(timeout=0.3) is None
        except Empty:
            return True

    def listen(self):
        """Read frames, which a client masks, until it closes."""
        read = self.handler.rfile.read
        while head := read(2):
            opcode, size = head[0] & 0x0F, head[1] & 0x7F
            assert head[1] & 0x80, "a client has to mask what it sends"
            size = int.from_bytes(read(2)) if size == 126 else size
            mask, data = read(4), read(size)
            plain = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
            if opcode == TEXT:
                self.received.put(json.loads(plain))
            if opcode == PONG:
                self.received.put("pong")
            if opcode == CLOSE:
                break
        self.closed.set()


class SocketServer(Receiver):
    """``opened``: the lines that were opened, in their order."""

    def __init__(self, tls):
        super().__init__(tls)
        self.opened, self.behave = SimpleQueue(), self._upgrade

    @property
    def address(self):
        return f"wss://localhost:{self.server_port}/link/?ticket=t1cket"

    def next_line(self):
        """The next line that is opened, after it was greeted."""
        line = self.opened.get(timeout=PATIENCE_S)
        line.send({"type": "hello", "num_connections": 1})
        return line

    def _upgrade(self, handler):
        key = handler.headers["Sec-WebSocket-Key"]
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        handler.send_response(101)
        for name, value in {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept,
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        line = Line(handler)
        self.opened.put(line)
        line.listen()
        handler.close_connection = True
