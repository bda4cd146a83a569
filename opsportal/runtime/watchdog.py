"""Finds the services that hang: their process runs, but its heartbeat is overdue."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

HUNG_AFTER = timedelta(seconds=45)
FRESH_WITHIN = timedelta(seconds=15)
# A service on the left gives a heartbeat only when the one on the right asks for it.
PROMPTED_BY = {"worker": "scheduler"}
ANYWHERE = "any service of any node"  # By its sign the database is known to take some.
# Each node reports these for itself: by itself, or by a task of a queue that it alone takes.
OF_EACH_NODE = ("chat_poller", "engine", "mail_receiver", "scheduler", "slack_socket", "worker")


def ages_on(
    node: str, rows: Iterable[tuple[str, datetime, Mapping[str, Any]]], now: datetime
) -> dict[str, timedelta]:
    """Process → age of its heartbeat, for the watchdog of one node; rows are (process, at, facts).

    A service is judged by its sign on this node: neither does another node's hide that it hangs,
    nor does another node's silence count. Without a sign it is as old as can be. ``ANYWHERE`` is
    the youngest sign of all.
    """
    ages: dict[str, timedelta] = {}
    for process, at, facts in rows:
        ages[ANYWHERE] = min(now - at, ages.get(ANYWHERE, timedelta.max))
        own = facts.get("nodes", {}).get(node)
        if process not in OF_EACH_NODE:
            ages[process] = now - at
        else:
            ages[process] = now - datetime.fromisoformat(own) if own else timedelta.max
    return ages


def find_hung(ages: Mapping[str, timedelta], uptimes: Mapping[str, timedelta]) -> list[str]:
    """The names of the services to restart, by the age of each heartbeat and each uptime.

    None while all heartbeats are old: that is the database, or a machine that was asleep.
    """
    if not any(age < FRESH_WITHIN for age in ages.values()):
        return []
    return [name for name in ages if name in uptimes and _is_hung(name, ages, uptimes)]


def _is_hung(name: str, ages: Mapping[str, timedelta], uptimes: Mapping[str, timedelta]) -> bool:
    prompter = PROMPTED_BY.get(name, name)
    is_prompted = prompter == name or ages.get(prompter, HUNG_AFTER) < FRESH_WITHIN
    uptime = min(uptimes[name], uptimes.get(prompter, HUNG_AFTER))
    return ages[name] > HUNG_AFTER and is_prompted and uptime > HUNG_AFTER
