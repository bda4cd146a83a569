"""A proxy before a portal, which can fail as networks, servers and other proxies do."""

import socket
import threading
from contextlib import suppress

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CAPTIVE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"
ANSWERS = {"502": BAD_GATEWAY, "503": UNAVAILABLE, "captive": CAPTIVE}


class Proxy:
    """Forwards to a port; ``mode`` is pass, hang, reset, or one of ANSWERS, at any moment."""

    def __init__(self, port):
        self.target, self.mode = ("127.0.0.1", port), "pass"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.is_closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.is_closed.set()
        self.listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, suppress(OSError), socket.create_connection(self.target) as server:
            threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
            while data := client.recv(65536):
                if self.mode == "hang":
                    self.is_closed.wait()
                elif self.mode in ANSWERS:
                    client.sendall(ANSWERS[self.mode])
                elif self.mode == "pass":
                    server.sendall(data)
                    continue
                return

    def _pump(self, server, client):
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        with suppress(OSError):  # Or a browser would ask by a connection that leads nowhere.
            client.shutdown(socket.SHUT_RDWR)
