"""A mail server that answers each command as it is told, byte by byte if need be."""

import socket
import threading
import time
from contextlib import suppress

WELL = {
    "GREETING": "220 ready",
    "EHLO": "250-mail.example\r\n250-AUTH PLAIN\r\n250 STARTTLS",
    "AUTH": "235 in",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "TEXT": "250 taken",
    "NOOP": "250 ok",
    "RSET": "250 ok",
    "STARTTLS": "220 go on",
    "QUIT": "221 bye",
}


def after(seconds, answer="250 ok"):
    """The answer, after a while."""

    def behave(server, line):
        server.over.wait(seconds)
        line.sendall(f"{answer}\r\n".encode())

    return behave


def drip(server, line):
    """A byte each time that a reader is about to give up, without an end."""
    while not server.over.wait(0.2):
        line.sendall(b"2")


def hang(server, line):
    server.over.wait(60)


class MailServer:
    """``replies`` says what a command is answered with: a line, or a function that answers."""

    def __init__(self):
        self.replies, self.texts, self.recipients = {}, [], []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                line = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def serve(self, line):
        with line, suppress(OSError, StopIteration), line.makefile("rb") as commands:
            self.say("GREETING", line)
            for command in commands:
                verb = command[:8].upper().strip().decode("latin-1").partition(":")[0]
                verb = verb.partition(" ")[0]
                if verb == "RCPT":
                    self.recipients.append(command.decode().partition("<")[2].partition(">")[0])
                self.say(verb, line)
                if verb == "STARTTLS":
                    hang(self, line)
                    return  # What comes next is not SMTP.
                if verb == "DATA" and "DATA" not in self.replies:
                    self.texts.append(self.text_of(commands))
                    self.say("TEXT", line)

    def text_of(self, commands):
        lines = []
        while (text := next(commands)) != b".\r\n":
            lines.append(text)
        return b"".join(lines)

    def say(self, verb, line):
        reply = self.replies.get(verb, WELL.get(verb, "500 what?"))
        if callable(reply):
            reply(self, line)
        else:
            line.sendall(f"{reply}\r\n".encode())

    def fail_for(self, seconds, **replies):
        """Answer so, and be well after that."""
        self.replies = replies
        timer = threading.Timer(seconds, self.replies.clear)
        timer.daemon = True
        timer.start()

    def wait_for_texts(self, count, seconds=20):
        deadline = time.monotonic() + seconds
        while len(self.texts) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(self.texts)

    def close(self):
        self.over.set()
        self.listener.close()
