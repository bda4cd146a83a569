"""What a service says of urgency, support hours and times, by the names of our columns."""

from collections.abc import Iterator
from typing import Any

from integrations.importers.gathering import approximate, left_out, remark
from integrations.importers.neutral import Note
from integrations.importers.pagerduty.account import Account, reference, zone_in
from integrations.importers.pagerduty.policies import agreed_expiry, expiry_of
from integrations.importers.pagerduty.schedules import minute_of_day
from integrations.importers.rows import FieldError, Row

BY_HOURS = "use_support_hours"
RULES = {"high": "high", "low": "low", "severity_based": "by_severity"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIN_RESOLVE_MINUTES, MAX_RESOLVE_MINUTES = 5, 90 * 24 * 60
LOW = "An incident of low urgency does not escalate in PagerDuty; here it does."
Settings = dict[str, Any]


def settings_of(account: Account, row: Row, notes: list[Note]) -> Settings:
    """Column of a service → its value; what is not there is none, so that it ends here, too.
    Raises FieldError; hours that cannot be read are left out."""
    found = {**_urgency(row, notes), **_times(account, row, notes), "raise_at_opening": False}
    try:
        found |= _hours(row)
    except FieldError as error:
        notes.append(left_out(str(error)))
    for action in row.rows("scheduled_actions"):
        if _raises_at_opening(action):
            found["raise_at_opening"] = True
        else:
            notes.append(left_out("A change of the urgency at another time is left out."))
    return found


def _urgency(row: Row, notes: list[Note]) -> Settings:
    rule = row.row("incident_urgency_rule")
    if rule is None:
        return {}
    if rule.word("type", "constant") != BY_HOURS:
        found = {"urgency_rule": _plain(rule, notes)}
    else:
        inside, outside = rule.row("during_support_hours"), rule.row("outside_support_hours")
        found = {
            "urgency_rule": "by_hours",
            "urgency_inside": _plain(inside, notes) if inside else "high",
            "urgency_outside": _plain(outside, notes) if outside else "low",
        }
    if set(found.values()) & {"low", "by_severity"}:
        notes.append(remark(LOW))
    return found


def _plain(rule: Row, notes: list[Note]) -> str:
    """high, low or by_severity; high where it is no word that is known."""
    word = rule.word("urgency", "high")
    if word not in RULES:
        notes.append(approximate(f"The urgency {word!r} is not known: it is high."))
    return RULES.get(word, "high")


def _hours(row: Row) -> Settings:
    hours = row.row("support_hours")
    if hours is None:
        return {"support_hours": [], "support_time_zone": "UTC"}
    days = sorted({_day(hours, number) for number in hours.texts("days_of_week")})
    start, end = minute_of_day(hours, "start_time"), minute_of_day(hours, "end_time")
    end += hours.text("end_time").endswith(":59:59")  # The last second of a day is its end.
    if not days:
        raise hours.error("days_of_week", "no list of days")
    window = {"days": [DAYS[day] for day in days], "start": _spelled(start), "end": _spelled(end)}
    return {"support_hours": [window], "support_time_zone": zone_in(hours) or "UTC"}


def _day(hours: Row, number: str) -> int:
    if number not in "1234567" or len(number) != 1:
        raise hours.error("days_of_week", "no list of days from 1 to 7")
    return int(number) - 1


def _spelled(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _raises_at_opening(action: Row) -> bool:
    at = action.row("at")
    is_opening = at is not None and at.text("name") == "support_hours_start"
    return is_opening and action.word("to_urgency", "high") == "high"


def _times(account: Account, row: Row, notes: list[Note]) -> Settings:
    """None where it never happens, or the policy says it."""
    expiry = expiry_of(row)
    is_agreed = expiry == agreed_expiry(account, reference(row, "escalation_policy"))
    found: Settings = {
        "acknowledgement_expires_minutes": None if is_agreed else expiry,
        "auto_resolve_minutes": None,
    }
    if expiry is not None:
        notes += _nearest(
            "Acknowledgements end", row.whole("acknowledgement_timeout") // 60, expiry
        )
    if (seconds := row.whole("auto_resolve_timeout", 0)) > 0:
        minutes = min(max(seconds // 60, MIN_RESOLVE_MINUTES), MAX_RESOLVE_MINUTES)
        found["auto_resolve_minutes"] = minutes
        notes += _nearest("Incidents are resolved by themselves", seconds // 60, minutes)
    return found


def _nearest(what: str, there: int, here: int) -> Iterator[Note]:
    if there != here:
        yield approximate(f"{what} after {there} minutes there; here after {here}.")
