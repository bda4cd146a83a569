"""All channels: the modules of this folder. A new one edits nothing that exists."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NoReturn

from notifications.channels._base import BaseChannel, PhoneNumberField
from notifications.errors import UnknownChannel

__all__ = ["BaseChannel", "PhoneNumberField", "all_channels"]


class Channels(dict[str, BaseChannel]):
    """By key. Asking for one that does not exist raises ``UnknownChannel``."""

    def __missing__(self, key: str) -> NoReturn:
        raise UnknownChannel(key)


@cache
def all_channels() -> Channels:
    """Import them all. One that does not import stops the program, and should."""
    names = sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_"))
    return Channels({name: import_module(f"{__name__}.{name}").Channel() for name in names})
