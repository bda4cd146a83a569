"""The tables of an installation, and what was chosen for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from integrations.importers.lists import Lists

VERSION = "opsknight.version"
EQUAL_HOURS = "opsknight.equal_hours"
NOBODY, ALWAYS = "nobody", "always"
UTC = "UTC"  # of all its timestamps, which name no zone


@dataclass(frozen=True, slots=True)
class Source:
    """``now``: from when on its shifts are worked out; ``disabled``: the ids of people."""

    lists: Lists
    choices: Mapping[str, str]
    now: datetime
    disabled: frozenset[str]

    @property
    def is_second(self) -> bool:
        """Whether somebody said that it is version 2."""
        return self.choices.get(VERSION) == "2"
