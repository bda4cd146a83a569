"""Schedules: rotations become layers of one rank, for in Opsgenie all of them are on call."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.importers.known_zones import known_zones
from integrations.importers.layers import joined_windows, layer_id, layer_of
from integrations.importers.neutral import Note, NoteKind, Object, Override, RenderedShift, Schedule
from integrations.importers.opsgenie.files import Backup, Row, ask_zone, inner, public
from integrations.importers.opsgenie.values import ZoneMissing, instant, minute, weekday, word

UNITS = {"hourly": "hour", "daily": "day", "weekly": "week"}
EVERY_DAY = list(range(7))
SAME_DAY = "opsgenie.restriction_of_one_day"
GROUPS = "opsgenie.groups_in_rotations"


def schedule_of(backup: Backup, row: Row) -> list[Object]:
    """A schedule and its overrides. Raises ValueError for a rotation that cannot be read."""
    schedule = inner(row, "schedule")
    zone, notes = str(schedule.get("timezone") or "UTC"), list[Note]()
    if zone not in known_zones():
        text = f"There is no time zone {zone} here: UTC is taken. Choose one after the import."
        notes.append(Note(NoteKind.APPROXIMATE, text))
        zone = "UTC"
    try:
        layers = [
            _Rotation(backup, zone, notes, one).layer() for one in _list(schedule, "rotations")
        ]
        overrides = _overrides(backup, str(schedule["id"]), row)
    except ZoneMissing:
        layers, overrides = [], []
        notes.append(ask_zone())
    is_enabled = schedule.get("enabled", True) is not False
    if not is_enabled:
        text = "It is switched off in Opsgenie: its layers are taken, and begin never."
        notes.append(Note(NoteKind.APPROXIMATE, text))
    made: Object = Schedule(
        id=str(schedule["id"]),
        name=str(schedule["name"]),
        zone=zone,
        description=str(schedule.get("description") or ""),
        team=str((schedule.get("ownerTeam") or {}).get("id") or ""),
        layers=tuple(layers),
        is_enabled=is_enabled,
        document=public(schedule),
        notes=tuple(dict.fromkeys(notes)),
    )
    return [made, *overrides]


class _Rotation:
    """One rotation; what it cannot say here is noted at its schedule."""

    def __init__(self, backup: Backup, zone: str, notes: list[Note], row: Row) -> None:
        self.backup, self.zone, self.notes, self.row = backup, zone, notes, row

    def layer(self) -> dict[str, Any]:
        """As ``escalation.schedules.definition`` writes it. Raises ValueError."""
        starts = instant(self.row.get("startDate"), self.backup.choices)
        ends = instant(self.row.get("endDate"), self.backup.choices)
        if starts is None:
            raise ValueError("a rotation without a start")
        if starts.minute not in (0, 30) or starts.second:
            text = "Opsgenie rounds its hand-overs to half hours; here they are to the minute."
            self.notes.append(Note(NoteKind.APPROXIMATE, text))
        return layer_of(
            id=str(self.row["id"]),
            name=str(self.row.get("name") or "Rotation"),
            unit=UNITS[word(self.row["type"])],
            every=max(1, int(self.row.get("length") or 1)),
            anchor=self._wall(starts),
            from_=self._wall(starts),
            until=None if ends is None else self._wall(ends),
            ring=[self._slot(one) for one in _list(self.row, "participants")],
            windows=joined_windows(self._windows(self.row.get("timeRestriction") or {})),
        )

    def _wall(self, at: datetime) -> str:
        wall = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return wall.isoformat(timespec="minutes")

    def _slot(self, participant: Row) -> list[str]:
        kind = word(participant.get("type"))
        if kind == "none":
            return []
        if kind == "user":
            return [self.backup.person(participant)]
        self.notes.append(
            Note(
                NoteKind.NEEDS_CHOICE,
                "A team or an escalation has a place in a rotation; here people have.",
                GROUPS,
                (
                    ("members", "Take the people who are in it now, all in that place."),
                    ("empty", "Leave the place empty."),
                ),
            )
        )
        if self.backup.choices.get(GROUPS) != "members":
            return []
        return _people_of(self.backup, kind, str(participant.get("id") or ""))

    def _windows(self, restriction: Row) -> list[dict[str, Any]]:
        rows = restriction.get("restrictions") or restriction.get("restriction") or []
        rows = rows if isinstance(rows, list) else [rows]
        if word(restriction.get("type")) == "time-of-day":
            return [_window(EVERY_DAY, *_times(row)) for row in rows]
        return [window for row in rows for window in self._weekly(row)]

    def _weekly(self, row: Row) -> list[dict[str, Any]]:
        start, end = _times(row)
        day = weekday(row["startDay"])
        days = (weekday(row["endDay"]) - day) % 7
        if days or end > start:
            return [_window([day], start, end, days)]
        self.notes.append(
            Note(
                NoteKind.NEEDS_CHOICE,
                "A restriction begins and ends on the same day of the week, its end not after "
                "its start.",
                SAME_DAY,
                (
                    ("week", "It lasts until that day of the next week."),
                    ("day", "Until the next day."),
                ),
            )
        )
        if self.backup.choices.get(SAME_DAY) != "week":
            return [_window([day], start, end)]
        rest = [_window([day], "00:00", end)] if end > "00:00" else []
        return [_window([day], start, "24:00", 6), *rest]


def _people_of(backup: Backup, kind: str, number: str) -> list[str]:
    """The members of a team, or the people whom the first rule of an escalation tells."""
    if kind == "team":
        for _, row in backup.rows.get("teams", ()):
            team = inner(row, "team")
            if str(team.get("id")) == number:
                return [backup.person(one.get("user")) for one in _list(team, "members")]
    for _, row in backup.rows.get("escalations", ()):
        rules = _list(inner(row, "escalation"), "rules")
        if str(inner(row, "escalation").get("id")) == number and rules:
            told = rules[0].get("recipient") or {}
            return [backup.person(told)] if word(told.get("type")) == "user" else []
    return []


def _overrides(backup: Backup, schedule: str, row: Row) -> list[Object]:
    """Those that stand beside a schedule: one for each rotation that it names, or for all."""
    found: list[Object] = []
    for one in row.get("scheduleOverrideList") or row.get("overrides") or ():
        starts, ends = (instant(one.get(name), backup.choices) for name in ("startDate", "endDate"))
        if starts is None or ends is None:
            raise ValueError("an override without a start or an end")
        told = one.get("user") or {}
        people = () if word(told.get("type")) == "none" else (backup.person(told),)
        for layer in [layer_id(str(each["id"])) for each in one.get("rotations") or ()] or [""]:
            number = f"{schedule}:{one['alias']}" + (f":{layer}" if layer else "")
            override = Override(
                id=number,
                schedule=schedule,
                kind="instead" if people else "nobody",
                starts_at=starts,
                ends_at=ends,
                people=people,
                layer=layer,
                document=public(one),
            )
            found.append(override)
    return found


def rendered_of(backup: Backup) -> dict[str, tuple[RenderedShift, ...]]:
    """Who is on call according to Opsgenie, of the schedules whose timelines were fetched."""
    found: dict[str, tuple[RenderedShift, ...]] = {}
    for name, row in backup.rows.get("timelines", ()):
        try:
            shifts = list(_shifts(backup, row))
            found[str(row["_parent"]["id"])] = tuple(shifts)
        except (KeyError, TypeError, ValueError, AttributeError):
            backup.problems.append(f"{name}: the timeline cannot be read.")
    return found


def _shifts(backup: Backup, row: Row) -> list[RenderedShift]:
    rotations = _list(row.get("finalTimeline") or {}, "rotations")
    periods = [period for rotation in rotations for period in _list(rotation, "periods")]
    return [
        RenderedShift(backup.person(one), *span)
        for period in periods
        if (span := _span(period))
        for one in period.get("flattenedRecipients") or [period.get("recipient") or {}]
        if word(one.get("type")) == "user"
    ]


def _span(row: Row) -> tuple[datetime, datetime] | None:
    starts, ends = instant(row.get("startDate"), {}), instant(row.get("endDate"), {})
    return (starts, ends) if starts and ends else None


def spans_of(backup: Backup) -> dict[str, tuple[datetime, datetime]]:
    """From when until when Opsgenie said who is on call, by schedule."""
    found = {}
    for _, row in backup.rows.get("timelines", ()):
        parent = row.get("_parent")
        if isinstance(parent, dict) and (span := _span(row)):
            found[str(parent.get("id"))] = span
    return found


def _list(row: Row, name: str) -> list[Any]:
    found = row.get(name) or []
    if not isinstance(found, list):
        raise TypeError(f"{name} is no list")
    return found


def _times(row: Row) -> tuple[str, str]:
    start = minute(row.get("startHour"), row.get("startMin"))
    return start, minute(row.get("endHour"), row.get("endMin"))


def _window(days: list[int], start: str, end: str, plus_days: int = 0) -> dict[str, Any]:
    return {"days": days, "start": start, "end": end, "plus_days": plus_days}
