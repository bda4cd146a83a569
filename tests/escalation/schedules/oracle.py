"""Who is on call at one minute, found without converting a wall time to UTC.

It walks UTC minute by minute and asks the zone what the clock reads: that has one answer. A turn
has begun once the highest reading so far has passed its boundary; a window has ended once its end
is read for the last time, or only later times are. The rest are the rules, one after the other,
for one minute.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from escalation.schedules.definition import HolidayRule, Turns, Unit
from escalation.schedules.facts import OverrideKind

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
MARGIN_S = 3 * 86400  # No change of the clock is felt for longer.


@cache
def readings(zone, start, end):
    """(instant → the highest reading until then, instant → the lowest from then on)."""
    place = ZoneInfo(zone)
    minutes = range(start - MARGIN_S, end + MARGIN_S, 60)
    walls = [
        datetime.fromtimestamp(at, UTC).astimezone(place).replace(tzinfo=None) for at in minutes
    ]
    highest = dict(zip(minutes, accumulate(walls, max), strict=True))
    lowest = dict(zip(reversed(minutes), accumulate(reversed(walls), min), strict=True))
    return highest, lowest


def people_at(facts, at, span):
    """(person, role) of everybody on call at a minute of a span, in order."""
    found = _of_layers(facts, at, span)
    overrides = sorted(facts.overrides, key=lambda one: (one.made_at, one.id))
    for one in overrides:
        if not one.layer and one.start <= at < one.counts_until:
            found = _overridden(facts, found, one, at)
    found = [(_cover(facts, user, named, at), role) for user, role, named in found]
    return _once(found)


def _of_layers(facts, at, span):
    definition = facts.definition_at(at)
    by_rank = {}
    for layer in definition.layers:
        zone = layer.zone or definition.zone
        highest, lowest = readings(zone, *span)
        now = highest[at], lowest[at], lowest[at + 60]
        if not _is_open(layer, now, facts.holidays):
            continue
        found = [(user, role, 0) for role, slot in _slots(layer, highest[at]) for user in slot]
        for one in sorted(facts.overrides, key=lambda one: (one.made_at, one.id)):
            if one.layer == layer.id and one.start <= at < one.counts_until:
                found = _overridden(facts, found, one, at)
        found = [row for row in found if facts.is_active(row[0], at)]
        by_rank.setdefault(layer.rank, []).extend(found)
    having = [rank for rank, found in by_rank.items() if found]
    return by_rank[max(having)] if having else []


def _boundary(layer, turn):
    anchor, count = EPOCH + timedelta(seconds=layer.anchor), turn * layer.every
    if layer.unit == Unit.MONTH:
        months = anchor.year * 12 + anchor.month - 1 + count
        year, month = months // 12, months % 12 + 1
        day = min(anchor.day, monthrange(year, month)[1])
        return anchor.replace(year=year, month=month, day=day)
    return anchor + count * timedelta(**{f"{layer.unit}s": 1})


def _slots(layer, highest):
    turn = 0
    while _boundary(layer, turn) > highest:
        turn -= 1
    while _boundary(layer, turn + 1) <= highest:
        turn += 1
    if layer.turns == Turns.DUTY and layer.windows:
        between = range(turn) if turn >= 0 else range(turn, 0)
        count = sum(_is_duty(layer, number) for number in between)
        turn = count if turn >= 0 else -count
    offset = turn * layer.step
    for number in range(layer.primaries + layer.secondaries):
        role = "primary" if number < layer.primaries else "secondary"
        yield role, layer.ring[(offset + number) % len(layer.ring)]


def _occurrences(window, first, last):
    """(date, start, end) on the wall of those that begin on these days."""
    day = first.replace(hour=0, minute=0, second=0)
    while day <= last:
        if day.weekday() in window.days:
            start = day + timedelta(minutes=window.start)
            end = day + timedelta(days=window.plus_days, minutes=window.end)
            yield day, start, end if end > start else end + timedelta(days=1)
        day += timedelta(days=1)


def _is_duty(layer, turn):
    begin, end = _boundary(layer, turn), _boundary(layer, turn + 1)
    early = timedelta(days=8)
    return any(
        start < end and begin < finish
        for window in layer.windows
        for _, start, finish in _occurrences(window, begin - early, end)
    )


def _is_open(layer, now, holidays):
    highest, lowest, lowest_after = now
    reading = (highest - EPOCH).total_seconds()
    if layer.starts is not None and reading < layer.starts:
        return False
    if layer.ends is not None and reading >= layer.ends:
        return False
    if not layer.windows and layer.holidays == HolidayRule.AS_USUAL:
        return True
    early = lowest - timedelta(days=9)
    return any(
        start <= highest and (lowest < end or lowest_after <= end)
        for window in layer.windows or [_WHOLE]
        for day, start, end in _occurrences(window, early, highest)
        if _takes_place(layer.holidays, (day - EPOCH).days in holidays)
    )


def _takes_place(rule, is_holiday):
    if rule == HolidayRule.OFF:
        return not is_holiday
    return is_holiday or rule != HolidayRule.ONLY


class _WHOLE:
    days, start, end, plus_days = range(7), 0, 1440, 0


def _overridden(facts, found, one, at):
    if one.kind == OverrideKind.NOBODY:
        return [row for row in found if one.instead_of not in (None, row[0])]
    people = [user for user in one.people if facts.is_active(user, at)]
    if not people:
        return found
    if one.kind == OverrideKind.ALSO:
        return found + [(user, "primary", one.made_at) for user in people]
    if one.instead_of is None:
        return [(user, "primary", one.made_at) for user in people]
    changed = []
    for row in found:
        if row[0] == one.instead_of:
            changed += [(user, row[1], one.made_at) for user in people]
        else:
            changed.append(row)
    return changed


def _cover(facts, user, named_at, at):
    met = [user]
    for link in range(5):
        away = [
            one
            for one in facts.absences
            if one.user == met[-1]
            and one.start <= at < one.counts_until
            and one.team in (None, facts.team)
            and one.cover is not None
        ]
        if not away:
            break
        one = sorted(away, key=lambda one: (one.team is not None, one.made_at, one.id))[-1]
        if link == 0 and named_at > one.made_at:
            break
        if one.cover in met or not facts.is_active(one.cover, at):
            break
        met.append(one.cover)
    return met[-1]


def _once(found):
    people = {}
    for user, role in found:
        if people.setdefault(user, role) == "secondary":
            people[user] = role
    return list(people.items())
