"""Who is on call, as a guide says it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from escalation.on_call.lookup import on_call_at

BERLIN = ZoneInfo("Europe/Berlin")


def on_call(schedule, when):
    """The names of those on call at a time on the clock of Berlin, such as 2027-01-04 10:00."""
    at = datetime.fromisoformat(when).replace(tzinfo=BERLIN)
    present, _ = on_call_at(schedule, at)
    return [str(person) for person in present.people]
