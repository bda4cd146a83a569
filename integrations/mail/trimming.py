"""Truncate a mail to what is stored: large attachments are removed, texts stay."""

import hashlib
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32
from io import BytesIO

from integrations.decoding.mime_parts import CUT, Leaf, attempt, leaves, read

MAX_PART_BYTES = 32 * 1024
MAX_TEXT_BYTES = 256 * 1024


def fit(raw: bytes, most_bytes: int) -> bytes:
    """The mail in at most so many bytes; as it came where it fits."""
    if len(raw) <= most_bytes:
        return raw
    message, problem = read(raw)
    if not problem:
        for leaf in leaves(message):
            _shorten(leaf)
        shorter = attempt(lambda: to_bytes(message), b"")
        if 0 < len(shorter) <= most_bytes:
            return shorter
    return raw[:most_bytes]


def _shorten(leaf: Leaf) -> None:
    """Take the content out of a large attachment, and the end off a very long text."""
    content = leaf.content()
    if len(content) <= (MAX_PART_BYTES if leaf.is_attachment else MAX_TEXT_BYTES):
        return
    if leaf.is_attachment:
        digest = hashlib.sha256(content).hexdigest()
        del leaf.message[CUT]
        leaf.message[CUT] = f"size={len(content)}; sha256={digest}"
        leaf.message.set_payload("")
        return
    charset = attempt(lambda: str(leaf.message.get_content_charset("utf-8")), "utf-8")
    del leaf.message["Content-Transfer-Encoding"]
    leaf.message["Content-Transfer-Encoding"] = "8bit"
    kept = content[:MAX_TEXT_BYTES].decode("ascii", "surrogateescape")
    leaf.message.set_payload(kept)
    attempt(lambda: leaf.message.set_param("charset", charset), None)


class _AsWritten(Compat32):
    """Headers as they came: the library folds them anew, in the square of their length."""

    def fold_binary(self, name: str, value: str) -> bytes:
        lines = self.linesep.join(str(value).splitlines())
        return f"{name}: {lines}{self.linesep}".encode("utf-8", "surrogateescape")


def to_bytes(message: Message) -> bytes:
    """The mail, with its headers as they were written."""
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=_AsWritten()).flatten(message)
    return out.getvalue()
