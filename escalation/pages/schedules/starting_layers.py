"""Templates: layers to begin a schedule with, or to add to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from escalation.pages.schedules.drafts import LayerDraft, PersonRow, WindowRow
from escalation.schedules.definition import MAX_PEOPLE_IN_SLOT, MINUTES_PER_DAY, parse_minute
from incidents.models import Team, User

MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
HAND_OVER = time(9)
ALL_DAYS = "0123456"
# Weekdays (0 is Monday), from, to, how many days later. The three fill the week without a gap.
Hours = tuple[tuple[str, str, str, str], ...]
OFFICE: Hours = (("01234", "09:00", "17:00", "0"),)
AFTER_HOURS: Hours = (("0123", "17:00", "09:00", "0"),)
WEEKEND: Hours = (("4", "17:00", "09:00", "3"),)


@dataclass(frozen=True, slots=True)
class Template:
    """Layers of these names, each with its hours; of whoever takes turns, or of everybody."""

    label: str
    layers: tuple[tuple[str, Hours], ...]
    unit: str = "week"
    is_everybody: bool = False


TEMPLATES = {
    "weekly": Template("Around the clock, a week each", (("Weekly", ()),)),
    "daily": Template("Around the clock, a day each", (("Daily", ()),), unit="day"),
    "office": Template("Business hours", (("Business hours", OFFICE),)),
    "after-hours": Template("Weekdays after hours", (("Weekdays after hours", AFTER_HOURS),)),
    "weekends": Template("Weekends", (("Weekends", WEEKEND),)),
    "nights": Template("After hours and weekends", (("After hours", AFTER_HOURS + WEEKEND),)),
    "sun": Template(
        "Follow the sun, eight hours each",
        (
            ("Asia and Pacific", ((ALL_DAYS, "00:00", "08:00", "0"),)),
            ("Europe and Africa", ((ALL_DAYS, "08:00", "16:00", "0"),)),
            ("Americas", ((ALL_DAYS, "16:00", "24:00", "0"),)),
        ),
    ),
    "everybody": Template("Everybody, always", (("Everybody", ()),), is_everybody=True),
    "everybody-office": Template(
        "Everybody, business hours", (("Business hours", OFFICE),), is_everybody=True
    ),
    "everybody-after-hours": Template(
        "Everybody, weekdays after hours",
        (("Weekdays after hours", AFTER_HOURS),),
        is_everybody=True,
    ),
    "everybody-weekends": Template(
        "Everybody, weekends", (("Weekends", WEEKEND),), is_everybody=True
    ),
}


def starting_layers(name: str, user: User, team: Team | None = None) -> list[LayerDraft]:
    """Those of a template; of one that is unknown, those of the first. Who takes turns is to be
    chosen yet; everybody are the members of the team, and at most 20."""
    template = TEMPLATES.get(name, TEMPLATES["weekly"])
    people = _everybody(team) if template.is_everybody else [PersonRow(str(user.pk))]
    monday = datetime.now(user.zone).date()
    monday -= timedelta(days=monday.weekday())
    anchor = datetime.combine(monday, HAND_OVER).isoformat(timespec="minutes")
    return [
        LayerDraft(
            name=layer,
            unit=template.unit,
            anchor=anchor,
            people=list(people),
            windows=[WindowRow(list(days), *others) for days, *others in hours],
        )
        for layer, hours in template.layers
    ]


def _everybody(team: Team | None) -> list[PersonRow]:
    """One place of the ring with all of them."""
    people = User.objects.pageable().order_by("name", "email")
    if team is not None:
        people = people.filter(memberships__team=team).order_by("memberships__position")
    ids = people.values_list("pk", flat=True)[:MAX_PEOPLE_IN_SLOT]
    return [PersonRow(str(pk), is_together=number > 0) for number, pk in enumerate(ids)]


def add_layers(drafts: list[LayerDraft], new: Sequence[LayerDraft]) -> None:
    """Add layers where those that are open for less time win: above all that are open as long as
    they are or longer, below the others, whose ranks move up where there is no room."""
    minutes = max(map(_open_minutes, new))
    others = [_rank(one) for one in drafts]
    below = [_rank(one) for one in drafts if _open_minutes(one) >= minutes]
    rank = max(below) + 1 if below else min(others, default=1)
    if rank in others:
        for one in drafts:
            if _rank(one) >= rank:
                one.rank = str(_rank(one) + 1)
    for one in new:
        one.rank = str(rank)
    drafts.extend(new)


def _rank(draft: LayerDraft) -> int:
    return int(draft.rank) if draft.rank.isascii() and draft.rank.isdecimal() else 1


def _open_minutes(draft: LayerDraft) -> int:
    """For how many minutes of a week its hours are open; of the whole week where it has none."""
    return sum(map(_minutes, draft.windows)) if draft.windows else MINUTES_PER_WEEK


def _minutes(row: WindowRow) -> int:
    """Those of hours on all their days; none of what cannot be read yet."""
    try:
        start, end, days = parse_minute(row.start), parse_minute(row.end), int(row.plus_days)
    except ValueError:
        return 0
    span = days * MINUTES_PER_DAY + end - start
    return len(row.days) * (span if span > 0 else span + MINUTES_PER_DAY)
