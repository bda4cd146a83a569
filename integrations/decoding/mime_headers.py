"""Header lines of mails as text. Nothing in here raises, whatever somebody wrote into them.

The standard library's own reader of structured headers raises on garbage, and takes a time that
grows with the square of a line: so only its splitting of addresses is used, on bounded lines.
"""

import binascii
import contextlib
import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from opsportal.lib.charsets import encoding_of
from opsportal.lib.text import clean

MAX_LINE_CHARS = 4000
MAX_ADDRESSES = 100
ENCODED = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]*+)?\?([bBqQ])\?([^?\s]*+)\?=")
BETWEEN = re.compile(r"(?<=\?=)\s++(?==\?)")
QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
FOR_ASCII = {"", "ascii", "us-ascii", "ansi_x3.4-1968", "unknown-8bit"}


def header_text(raw: str) -> str:
    """A header line as a person reads it: unfolded, its encoded words decoded, and bounded."""
    flat = BETWEEN.sub("", " ".join(plain(raw).split()))
    pieces: list[str] = []
    run, charset, position = b"", "", 0
    for word in ENCODED.finditer(flat):
        # A letter of several bytes may be split between two words: they are decoded as one.
        if word.start() != position or word[1].lower() != charset:
            pieces += [decode_text(run, charset), flat[position : word.start()]]
            run, charset = b"", word[1].lower()
        run += _bytes_of(word)
        position = word.end()
    return clean("".join([*pieces, decode_text(run, charset), flat[position:]]).strip())


def plain(raw: str) -> str:
    """The line as it stands, bounded; bytes that should not be there are read as UTF-8."""
    return raw[:MAX_LINE_CHARS].encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _bytes_of(word: re.Match[str]) -> bytes:
    coded = word[3].encode("utf-8", "replace")
    if word[2] in "qQ":
        return QUOTED.sub(lambda hit: bytes([int(hit[1], 16)]), coded.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(coded + b"===")
    except binascii.Error:
        return coded


def decode_text(data: bytes, charset: str) -> str:
    """Bytes as text; where the charset is not known, or is a lie, what is most likely."""
    name = charset.strip().lower()
    with contextlib.suppress(UnicodeDecodeError):
        if name in FOR_ASCII:
            return data.decode("utf-8")
    return data.decode("cp1252" if name in FOR_ASCII else encoding_of(name) or "utf-8", "replace")


def addresses(raw: str) -> list[tuple[str, str]]:
    """(name, address) of everybody in the line; the addresses in lower case."""
    try:
        found = getaddresses([plain(raw)])
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the mail must go on
        return []
    pairs = ((header_text(name), address.strip().lower()) for name, address in found)
    return [(name, clean(address)) for name, address in pairs if "@" in address][:MAX_ADDRESSES]


def moment(raw: str) -> str:
    """A date as ISO 8601 in UTC; as it was written where it is none."""
    try:
        found = parsedate_to_datetime(plain(raw))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC).isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return header_text(raw)[:100]


def now_line(at: datetime) -> str:
    """A time as the trace lines of a mail have it."""
    return at.strftime("%a, %d %b %Y %H:%M:%S +0000")


PRIORITIES = {
    "x-priority": {"1": "high", "2": "high", "3": "normal", "4": "low", "5": "low"},
    "importance": {"high": "high", "normal": "normal", "low": "low"},
    "x-msmail-priority": {"high": "high", "normal": "normal", "low": "low"},
    "priority": {"urgent": "high", "normal": "normal", "non-urgent": "low"},
}


def priority(found: dict[str, str]) -> str:
    """high, normal or low, by the first header that says so."""
    for name, words in PRIORITIES.items():
        said = found.get(name, "").strip().lower().split(" ")[0]
        if said in words:
            return words[said]
    return "normal"
