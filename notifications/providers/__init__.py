"""All providers, by channel: the modules ``<channel>/<kind>.py`` of this folder, and the class
``Provider`` of a channel that has a single one."""

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from notifications.channels import all_channels
from notifications.providers._base import BaseProvider

__all__ = ["BaseProvider", "all_providers", "find_provider", "providers_of"]


@cache
def all_providers() -> dict[tuple[str, str], BaseProvider]:
    """By channel and kind. One that does not import stops the program, and should."""
    return dict(sorted([*_in_folder(), *_in_channels()]))


def providers_of(channel: str) -> dict[str, BaseProvider]:
    """Those of a channel, by kind; none where it needs none."""
    return {kind: found for (key, kind), found in all_providers().items() if key == channel}


def find_provider(channel: str, kind: str) -> BaseProvider | None:
    """None for one that is gone."""
    return all_providers().get((channel, kind))


def _in_folder() -> Iterator[tuple[tuple[str, str], BaseProvider]]:
    for package in iter_modules(__path__):
        if package.ispkg:
            name = f"{__name__}.{package.name}"
            for module in iter_modules(import_module(name).__path__):
                if not module.name.startswith("_"):
                    found = import_module(f"{name}.{module.name}").Provider()
                    yield (package.name, module.name), found


def _in_channels() -> Iterator[tuple[tuple[str, str], BaseProvider]]:
    for key, channel in all_channels().items():
        provider = getattr(sys.modules[type(channel).__module__], "Provider", None)
        if provider is not None:
            yield (key, key), provider()
