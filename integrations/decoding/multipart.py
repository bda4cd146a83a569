"""The fields of a multipart form (RFC 7578), which has one level of parts: nested ones are text."""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from email.policy import compat32

from integrations.errors import UnreadableBody

MAX_PARTS = 1000
MAX_BOUNDARY_CHARS = 200
MAX_HEAD_BYTES = 1024
MAX_PARAMETERS = 20  # in the head of a part
HEAD_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")


def fields(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """(name, value) of each part that has a name; a file is its text. Raises UnreadableBody."""
    found = raw_fields(body, content_type)
    return [(name, value.decode("utf-8", "replace")) for name, value in found]


def raw_fields(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """The same, in the charset in which each value was sent. Raises UnreadableBody."""
    boundary = _boundary(content_type)
    line = re.compile(rb"(?:\r?\n|\A)--" + re.escape(boundary) + rb"(?:--)?[ \t]*+(?=\r?\n|\Z)")
    pieces = line.split(body, MAX_PARTS + 1)
    if len(pieces) < 2 or not boundary:
        raise UnreadableBody("the multipart form has no parts: is its boundary in the header?")
    if len(pieces) > MAX_PARTS + 1:
        raise UnreadableBody(f"the multipart form has more than {MAX_PARTS} parts")
    found = [field for piece in pieces[1:] for field in _field(piece)]
    if not found:
        raise UnreadableBody("no part of the multipart form has a name; parts of parts are text")
    return found


def _boundary(content_type: str) -> bytes:
    """The boundary that the header names; b"" where it names none."""
    message = Message(policy=compat32)
    message["Content-Type"] = content_type
    found = message.get_boundary("")
    if len(found) > MAX_BOUNDARY_CHARS:
        raise UnreadableBody(f"the boundary has more than {MAX_BOUNDARY_CHARS} characters")
    return found.encode("latin-1", "replace")


def _field(piece: bytes) -> Iterator[tuple[str, bytes]]:
    """The field in what stands between two boundaries; nothing where it has no name."""
    piece = piece.removeprefix(b"\r").removeprefix(b"\n")
    end = HEAD_END.search(piece, 0, MAX_HEAD_BYTES)
    if end is None or piece.count(b";", 0, end.start()) > MAX_PARAMETERS:
        return
    head = message_from_string(piece[: end.start()].decode("utf-8", "replace"), policy=compat32)
    name = head.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        return
    head.set_payload(piece[end.end() :].decode("ascii", "surrogateescape"))
    payload = head.get_payload(decode=True)
    if isinstance(payload, bytes):
        yield name, payload
