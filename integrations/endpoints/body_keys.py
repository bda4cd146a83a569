"""Integration keys in a body that is not decoded yet: one pass over its bytes, in linear time.

What is found is only shown: a nested field has the same form. A body with a key that is known may
be decoded, and then its own field decides.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, islice
from urllib.parse import unquote_plus

MAX_KEYS = 100  # of one body; the first and the last, since a key stands before or behind the rest
KEY = rb"[^\"\\\s&]{1,200}+"
# Each begins with a text that is searched for, and looks back only from there.
IN_JSON = rb'"%s"\s*+:\s*+"(' + KEY + rb')"'
IN_FORM = rb"%s=(?<![^&\s]%s=)(" + KEY + rb")"
PART_NAME = rb'name="?%s"?'
# What follows the name in a part of a multipart form: at most three more lines, and the value.
PART_VALUE = re.compile(rb"[^\r\n]{0,100}+(?:\r?\n[^\r\n]{1,100}+){0,3}+\r?\n\r?\n(" + KEY + rb")")


def keys_in(body: bytes, fields: Sequence[str]) -> list[str]:
    """The values of these fields in JSON, a form or a multipart form; at most 100, each once."""
    if b"\x00" in body[:4]:  # UTF-16 or UTF-32: the fields and keys are ASCII.
        body = body.replace(b"\x00", b"")
    hits = (_values(body, name) for name in map(str.encode, fields) if name in body)
    found = list(dict.fromkeys(chain.from_iterable(hits)))
    if len(found) > MAX_KEYS:
        found = found[: MAX_KEYS // 2] + found[-MAX_KEYS // 2 :]
    return [unquote_plus(key.decode("utf-8", "replace")) for key in found]


def _values(body: bytes, name: bytes) -> Iterator[bytes]:
    in_json, in_form, part_name = _patterns(name)
    yield from in_json.findall(body)
    yield from in_form.findall(body)
    for part in islice(part_name.finditer(body), MAX_KEYS):
        if value := PART_VALUE.match(body, part.end()):
            yield value[1]


@cache
def _patterns(name: bytes) -> tuple[re.Pattern[bytes], ...]:
    escaped = re.escape(name)
    forms = (IN_JSON % escaped, IN_FORM % (escaped, escaped), PART_NAME % escaped)
    return tuple(map(re.compile, forms))
