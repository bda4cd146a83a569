"""Charsets that senders may name: text, decoded in a time that grows with its length."""

import encodings
import pkgutil
from encodings.aliases import aliases
from functools import lru_cache

MAX_NAME_CHARS = 40
# These decode text in a time that grows with its square, or read escapes in it, or never succeed.
UNSUITABLE = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
# Looked up here first: the interpreter keeps every name that it was ever asked for.
NAMES = {module.name for module in pkgutil.iter_modules(encodings.__path__)} | set(aliases.values())


def encoding_of(charset: str) -> str | None:
    """The codec that reads a charset, such as ``iso8859_15``.

    None for an unknown one, and for codecs that are none for text (``hex``, ``rot13``).
    """
    if len(charset) > MAX_NAME_CHARS or not charset.isascii():
        return None
    name = encodings.normalize_encoding(charset.strip()).lower()
    name = aliases.get(name, name)
    return name if name in NAMES - UNSUITABLE and _is_text(name) else None


@lru_cache(maxsize=256)
def _is_text(name: str) -> bool:
    try:
        return isinstance(b"aaaa".decode(name, "replace"), str)
    except (LookupError, ValueError):
        return False
