"""Which parts hang: alive, but without a sign of life."""

from collections.abc import Mapping
from datetime import timedelta

HUNG = timedelta(seconds=45)
FRESH = timedelta(seconds=15)
# Whose signs a part gives only when another asks for them.
ASKED_BY = {"worker": "scheduler"}


def hung(silent: Mapping[str, timedelta], alive: Mapping[str, timedelta]) -> list[str]:
    """The parts to be restarted, by how long each has been silent and has been running.

    None while all are silent: that is the database, or a machine that was asleep.
    """
    if not any(age < FRESH for age in silent.values()):
        return []
    return [name for name in silent if name in alive and _is_hung(name, silent, alive)]


def _is_hung(name: str, silent: Mapping[str, timedelta], alive: Mapping[str, timedelta]) -> bool:
    asker = ASKED_BY.get(name, name)
    is_asked = asker == name or silent.get(asker, HUNG) < FRESH
    return silent[name] > HUNG and is_asked and min(alive[name], alive.get(asker, HUNG)) > HUNG
