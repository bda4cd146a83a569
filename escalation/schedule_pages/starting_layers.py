"""Layers to begin a schedule with."""

from datetime import datetime, time, timedelta

from escalation.schedule_pages.drafts import LayerDraft, PersonRow, WindowRow
from incidents.models import User

STARTS = {
    "weekly": "Around the clock, a week each",
    "daily": "Around the clock, a day each",
    "office": "Business hours, a week each",
    "nights": "After hours and weekends, a week each",
    "everybody": "Everybody, always",
}


def starting_layers(name: str, user: User) -> list[LayerDraft]:
    """Those of a name of `STARTS`; their people are whoever can be chosen first, to be replaced."""
    monday = datetime.now(user.zone).date()
    monday -= timedelta(days=monday.weekday())
    anchor = datetime.combine(monday, time(9)).isoformat(timespec="minutes")
    me = [PersonRow(str(user.pk))]
    workdays, weekend = list("01234"), list("56")
    if name == "daily":
        return [LayerDraft(name="Daily", unit="day", anchor=anchor, people=me)]
    if name == "office":
        hours = [WindowRow(workdays, "09:00", "17:00")]
        return [LayerDraft(name="Business hours", anchor=anchor, people=me, windows=hours)]
    if name == "nights":
        hours = [WindowRow(workdays, "17:00", "09:00"), WindowRow(weekend, "09:00", "09:00")]
        return [LayerDraft(name="After hours", anchor=anchor, people=me, windows=hours)]
    if name == "everybody":
        people = User.objects.pageable().order_by("name", "email")[:20]
        rows = [PersonRow(str(one.pk), is_together=n > 0) for n, one in enumerate(people)]
        return [LayerDraft(name="Everybody", anchor=anchor, people=rows)]
    return [LayerDraft(name="Weekly", anchor=anchor, people=me)]
