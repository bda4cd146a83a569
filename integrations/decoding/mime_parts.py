"""The parts of a mail, within bounds: what it holds is listed, and never opened or run."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Any, TypeVar, cast

from integrations.decoding.mime_headers import decode_text, header_text

T = TypeVar("T")
M = TypeVar("M", bound=Message)

MAX_PARTS = 200
MAX_LINES = 200_000
MAX_NESTED = 40
MAX_SEPARATORS = 2000
# The library tries each level of nesting against each line.
MAX_TRIED_LINES = 1_000_000
NESTING = re.compile(rb"boundary[\s*0-9]*+=|content-type:\s*+message/|multipart/digest", re.I)
# The library reads the parameters of these in a time that grows with the square of their number.
MAX_PARAMETER_CHARS = 4000
LINE = rb"[^\r\n]*+"
WITH_PARAMETERS = re.compile(
    rb"(?:\A|[\r\n])content-\w{4,20}:" + LINE + rb"(?:\r?\n?[ \t]" + LINE + rb")*+", re.I
)
CUT = "X-OpsPortal-Cut"  # On what was cut out before it was stored: its size and its digest.
CUT_FORM = re.compile(r"size=(\d{1,15}); sha256=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A MIME part without sub-parts."""

    type: str
    name: str
    is_attachment: bool
    message: Message

    def content(self) -> bytes:
        """Its bytes, decoded as its header says as far as that works."""
        found: object = attempt(self._decoded, b"")
        return found if isinstance(found, bytes) else attempt(self._attached_mail, b"")

    def text(self) -> str:
        """Its text, with line feeds between lines."""
        charset = attempt(lambda: str(self.message.get_content_charset("") or ""), "")
        return decode_text(self.content(), charset).replace("\r\n", "\n").replace("\r", "\n")

    def _decoded(self) -> Any:
        return self.message.get_payload(decode=True)

    def _attached_mail(self) -> bytes:
        [mail] = cast(list[Message], self.message.get_payload())
        return mail.as_bytes()

    def listed(self) -> dict[str, str | int]:
        """As a line in a list of attachments."""
        about: dict[str, str | int] = {"name": self.name, "type": self.type}
        if found := CUT_FORM.search(str(self.message.get(CUT, ""))):
            return {**about, "size": int(found[1]), "sha256": found[2]}
        content = self.content()
        return {**about, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def attempt(do: Callable[[], T], otherwise: T) -> T:
    """The result of ``do``, or ``otherwise``: email.message raises many errors on broken mails."""
    try:
        return do()
    except Exception:  # noqa: BLE001
        return otherwise


def read(raw: bytes) -> tuple[Message, str]:
    """(message, problem). A mail whose parts cannot be parsed is one text."""
    return read_as(Message, raw)


def read_as(kind: type[M], raw: bytes) -> tuple[M, str]:
    """The same as another kind of message."""
    wrong = _too_much(raw)
    if not wrong:
        try:
            return cast(M, message_from_bytes(raw, kind, policy=compat32)), ""
        except Exception as error:  # noqa: BLE001 - see attempt
            wrong = f"its parts cannot be told apart ({type(error).__name__})"
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    parser = BytesHeaderParser(kind, policy=compat32)
    message = attempt(lambda: cast(M, parser.parsebytes(head)), kind())
    for name in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
        del message[name]
    message.set_payload(body.decode("utf-8", "replace"))
    return message, wrong


def _too_much(raw: bytes) -> str:
    nested = sum(1 for _ in NESTING.finditer(raw))
    if nested > MAX_NESTED:
        return f"it has more than {MAX_NESTED} parts with parts of their own"
    # A carriage return alone ends a line, too.
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if lines > MAX_LINES:
        return f"it has more than {MAX_LINES:,} lines"
    if nested and raw.count(b"\n--") + raw.count(b"\r--") > MAX_SEPARATORS:
        return f"it has more than {MAX_SEPARATORS:,} lines that may separate parts"
    if lines * nested > MAX_TRIED_LINES:
        return f"it has {lines:,} lines in {nested} parts with parts of their own"
    if any(len(line[0]) > MAX_PARAMETER_CHARS for line in WITH_PARAMETERS.finditer(raw)):
        return f"the type of a part is longer than {MAX_PARAMETER_CHARS:,} characters"
    return ""


def leaves(message: Message) -> Iterator[Leaf]:
    """The parts in their order, without those of a mail that is itself attached."""
    waiting, found = [message], 0
    while waiting and found < MAX_PARTS:
        part = waiting.pop(0)
        kind = attempt(part.get_content_type, "text/plain")
        # Asked only where it is a list: else the library would decode it, by any codec.
        if part.is_multipart() and not kind.startswith("message/"):
            waiting[:0] = cast(list[Message], part.get_payload())[:MAX_PARTS]
            continue
        found += 1
        yield _leaf(part, kind)


def _leaf(part: Message, kind: str) -> Leaf:
    name = attempt(lambda: header_text(str(part.get_filename() or "")), "")[:200]
    disposition = attempt(lambda: part.get_content_disposition() or "", "")
    is_text = kind in ("text/plain", "text/html")
    return Leaf(kind[:100], name, disposition == "attachment" or bool(name) or not is_text, part)
