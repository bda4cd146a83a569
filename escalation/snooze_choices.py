"""Until when one may snooze an incident that only schedules know: until one's next shift."""

from datetime import datetime, timedelta

from escalation.shift_rows import shifts_of
from incidents.models import Incident, User
from incidents.snooze_choices import snooze_choice

LOOK_AHEAD = timedelta(days=30)


@snooze_choice("next_shift", "Until my next shift")
def next_shift(incident: Incident, user: User, now: datetime) -> datetime | None:
    """When the person is on call next; None without a shift that begins within 30 days."""
    starts = [shift.start for shift in shifts_of(user, now, now + LOOK_AHEAD)]
    return min((start for start in starts if start > now), default=None)
