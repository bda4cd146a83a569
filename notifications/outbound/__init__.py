"""All outbound systems, by kind: the modules ``systems/<kind>.py`` of this folder."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from notifications.outbound import systems
from notifications.outbound.system import BaseSystem

__all__ = ["BaseSystem", "all_systems", "find_system"]


@cache
def all_systems() -> dict[str, BaseSystem]:
    """By kind. One that does not import stops the program, and should."""
    names = [row.name for row in iter_modules(systems.__path__) if not row.name.startswith("_")]
    return {name: import_module(f"{systems.__name__}.{name}").System() for name in names}


def find_system(kind: str) -> BaseSystem | None:
    """None for one that is gone."""
    return all_systems().get(kind)
