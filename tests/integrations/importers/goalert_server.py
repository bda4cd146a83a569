"""A GoAlert installation for tests: a server on this machine that answers one query, as its API
keys do, list by list and two objects at a time."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from integrations.importers.goalert import QUERY
from integrations.importers.goalert.query import LISTS

KEY = "eyJhbGciOi.topsecret"
PAGE = 2


class Installation(ThreadingHTTPServer):
    """``lists``: by name its objects, or the message with which it is refused; a number is the
    status of the answer."""

    def __init__(self, **lists):
        super().__init__(("127.0.0.1", 0), Answer)
        self.lists = {name: lists.get(name, []) for name in LISTS}
        self.asked = []
        self.is_busy = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, body, key):
        """(status, document) of a request."""
        (name,) = (name for name in LISTS if body["variables"].get(name))
        self.asked.append((name, body["variables"]))
        if key != f"Bearer {KEY}":
            return 401, None
        if body["query"] != QUERY:
            return 200, refusal("wrong query for API key")
        rows = self.lists[name]
        if isinstance(rows, int):
            return rows, None
        if isinstance(rows, str):
            return (422 if "validation" in rows else 200), refusal(rows)
        first = int(body["variables"]["after"] or 0)
        page = rows[first : first + PAGE]
        following = {"endCursor": str(first + PAGE), "hasNextPage": first + PAGE < len(rows)}
        return 200, {"data": {name: {"nodes": page, "pageInfo": following if page else {}}}}


def refusal(message):
    return {"errors": [{"message": message, "path": []}], "data": None}


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.is_busy:
            self.server.is_busy = False
            self.say(429, None, {"Retry-After": "0"})
        elif self.path != "/api/graphql":
            self.say(404, None)
        else:
            self.say(*self.server.answer(json.loads(content), self.headers["Authorization"]))

    def say(self, status, document, headers=None):
        content = b"unauthorized\n" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def installation(**lists):
    with Installation(**lists) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
