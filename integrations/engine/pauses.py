"""Pauses of the engine: our own silence is not the sender's.

What waits for a sign of a sender, and takes its absence for news, is a *silence timer*: the
heartbeats, and the alerts that close unless they are repeated. While no engine was there (stopped,
killed, suspended with its machine, without its database, or in a backup that is restored now), or
the clock jumped, no sender could have been heard, so each of these waits anew.

What people or a calendar set is no silence timer, and is done late: steps, snoozes, expiring
acknowledgements, ends of maintenance and of delays, tests that close. To put these off as well
would keep people from hearing of what is known to be open.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from escalation.actions import process_health
from escalation.models import ProcessHeartbeat
from incidents.actions.expiry import restart_expiry
from integrations.heartbeats.pings import restart_all_timers

logger = logging.getLogger(__name__)
PROCESS = "engine"
PAUSE = timedelta(seconds=5)
# An engine that stumbles every minute must not put off an alarm for ever.
MAX_RESTARTS = 2
REMEMBERED = timedelta(hours=1)
MAX_REMEMBERED = 20  # pauses


@transaction.atomic
def watch(now: datetime) -> timedelta | None:
    """Note that an engine looks at the timers at ``now``; it has to call this every second.

    This is also its heartbeat on this node.

    After a pause of all engines of more than 5 s, or a jump of the clock, each silence timer gets
    its whole time once more, by one engine; the others wait for that. Returns the length of the
    pause, negative where the clock was put back, and None where there was none.
    """
    rows = ProcessHeartbeat.objects.select_for_update(no_key=True)
    row, _ = rows.get_or_create(process=PROCESS, defaults={"at": now})
    pause = now - row.at
    facts = row.facts | process_health.facts_of_nodes(row.facts, now)
    if abs(pause) <= PAUSE:
        rows.filter(pk=PROCESS).update(at=now, facts=facts)
        return None
    count = restart_all_timers(now, max_restarts=MAX_RESTARTS)
    count += restart_expiry(now, max_restarts=MAX_RESTARTS)
    pauses = [*recent_pauses(row.facts, now), now.isoformat()][-MAX_REMEMBERED:]
    rows.filter(pk=PROCESS).update(at=now, facts=facts | {"pauses": pauses})
    seconds = pause.total_seconds()
    logger.warning("The engine was away for %.0f s; %s timers wait anew", seconds, count)
    return pause


def recent_pauses(facts: dict[str, list[str]], now: datetime) -> list[str]:
    """When the pauses of the last hour ended, as ISO 8601."""
    since = now - REMEMBERED
    return [at for at in facts.get("pauses", []) if since < datetime.fromisoformat(at) <= now]
