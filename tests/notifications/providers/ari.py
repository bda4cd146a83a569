"""An Asterisk as its REST interface (ARI) shows it: requests, and events over a WebSocket."""

import base64
import json
import queue
import struct
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
LOGIN = "Basic " + base64.b64encode(b"opsportal:s3cret").decode()


class Ari(ThreadingHTTPServer):
    """``script`` is what happens to a call: a list of what the phone and Asterisk do, each as soon
    as the thing before it is done. ``asked``: (method, path, query) of each request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.script, self.refusal = [], [], None
        self.lines, self.call_id = {}, ""  # the events that each application waits for
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def emit(self, kind, **fields):
        event = {"type": kind, "application": self.call_id, **fields}
        self.lines[self.call_id].put(event)

    def hang_up(self, cause=16):
        self.emit("ChannelDestroyed", channel={"id": self.call_id}, cause=cause)

    def go_on(self, playback):
        """What comes next, once a text is being played: a key, or that nobody presses one."""
        step = self.script.pop(0) if self.script else "finished"
        ended = {"id": playback, "state": "failed" if step == "failed" else "done"}
        if step in ("finished", "failed"):
            self.emit("PlaybackFinished", playback=ended)
        elif step == "hangs up":
            self.hang_up()
        else:
            self.emit("ChannelDtmfReceived", channel={"id": self.call_id}, digit=step)

    @property
    def spoken(self):
        """The texts that were played."""
        plays = [query for _, path, query in self.asked if path.endswith("/play")]
        return [unquote(query["media"].partition("?text=")[2]) for query in plays]

    def stop(self):
        for line in self.lines.values():
            line.put(None)
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/ari")
        self.server.asked.append((self.command, path, query))
        if self.headers["Authorization"] != LOGIN:
            return self._answer(401, {"message": "Authentication required"})
        if path == "/events":
            return self._upgrade(query["app"])
        if path == "/asterisk/info":
            return self._answer(200, {"system": {"version": "22.5.0"}})
        if self.server.refusal and path == "/channels":
            return self._answer(*self.server.refusal)
        self._went_on(path, query)
        return self._answer(200, {"id": query.get("channelId", "")})

    do_POST = do_DELETE = do_GET

    def _went_on(self, path, query):
        server = self.server
        if path == "/channels":
            server.call_id = query["channelId"]
            first = server.script.pop(0) if server.script else "answers"
            if first == "answers":
                server.emit("StasisStart", channel={"id": server.call_id}, args=[])
            else:
                server.hang_up(first)
        elif path.endswith("/play"):
            server.go_on(query["playbackId"])
        elif self.command == "DELETE" and path.startswith("/channels/"):
            server.hang_up()

    def _answer(self, status, fields):
        body = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _upgrade(self, app):
        line = self.server.lines[app] = queue.Queue()
        digest = sha1((self.headers["Sec-WebSocket-Key"] + GUID).encode()).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
        self.end_headers()
        self.close_connection = True
        while (event := line.get()) is not None:
            if event["type"] == "broken line":
                return
            self.wfile.write(_frame(json.dumps(event).encode()))

    def log_message(self, *args):
        pass


def _frame(payload):
    length = len(payload)
    size = bytes([length]) if length < 126 else b"\x7e" + struct.pack(">H", length)
    return b"\x81" + size + payload
