"""Integration keys in a body that is not decoded yet: one pass over its bytes, in linear time.

What is found is only shown: a nested field has the same form. A body with a key that is known may
be decoded, and then its own field decides.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from urllib.parse import unquote_plus

MAX_KEYS = 100  # of one body; the first and the last, since a key stands before or behind the rest
KEY = rb"[^\"\\\s&]{1,200}+"
FORMS = (
    rb'"%s"\s*+:\s*+"(' + KEY + rb')"',  # JSON
    rb"(?<![^&\s])%s=(" + KEY + rb")",  # a form
    # a part of a multipart form
    rb'name="?%s"?[^\r\n]{0,100}+(?:\r?\n[^\r\n]{1,100}+){0,3}+\r?\n\r?\n(' + KEY + rb")",
)


def keys_in(body: bytes, fields: Sequence[str]) -> list[str]:
    """The values of these fields in JSON, a form or a multipart form; at most 100, each once."""
    if b"\x00" in body[:4]:  # UTF-16 or UTF-32: the fields and keys are ASCII.
        body = body.replace(b"\x00", b"")
    names = [name.encode() for name in fields]
    hits = chain.from_iterable(
        pattern.findall(body) for name in names if name in body for pattern in _patterns(name)
    )
    found = list(dict.fromkeys(hits))
    if len(found) > MAX_KEYS:
        found = found[: MAX_KEYS // 2] + found[-MAX_KEYS // 2 :]
    return [unquote_plus(key.decode("utf-8", "replace")) for key in found]


@cache
def _patterns(name: bytes) -> list[re.Pattern[bytes]]:
    return [re.compile(form % re.escape(name)) for form in FORMS]
