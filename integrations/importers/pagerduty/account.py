"""What was exported of a PagerDuty account, and what was chosen for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from integrations.importers.gathering import without_secrets
from integrations.importers.lists import Lists
from integrations.importers.pagerduty.zones import zone_of
from integrations.importers.rows import Row

# What tells who is on call at some time, and would make every export look changed.
PASSING = frozenset(
    {
        "finalschedule",
        "overridessubschedule",
        "renderedscheduleentries",
        "renderedcoveragepercentage",
        "httpcalurl",
        "webcalurl",
        "lastincidenttimestamp",
        "status",
        "renderedsince",
        "rendereduntil",
    }
)


@dataclass(frozen=True)
class Account:
    """The lists of an account, the choices of whoever imports it, and the time. ``expiries``: by
    policy, after how many minutes its services end an acknowledgement (None: never)."""

    lists: Lists
    choices: Mapping[str, str]
    now: datetime
    expiries: Mapping[str, set[int | None]]

    @cached_property
    def people_of_teams(self) -> Mapping[str, list[str]]:
        """By the id of a team, the people who say that they are in it. Raises FieldError."""
        found: dict[str, list[str]] = {}
        for user in self.lists.rows("users"):
            for team in user.rows("teams"):
                found.setdefault(team.text("id"), []).append(user.text("id"))
        return found


def document_of(row: Row) -> Any:
    """What the source said of an object, without secrets and without what changes by itself."""
    return without_secrets(row.fields, PASSING)


def zone_in(row: Row, name: str = "time_zone") -> str:
    """The IANA zone of a field; '' where it is missing. Raises FieldError for a name that is not
    known."""
    text = row.text(name)
    zone = zone_of(text)
    if text and not zone:
        raise row.error(name, "no time zone that is known here")
    return zone


def reference(row: Row, name: str) -> str:
    """The id of an object that a field refers to, as an object or as an id; '' where it is
    missing. Raises FieldError."""
    if isinstance(row.get(name), str):
        return row.text(name)
    inner = row.row(name)
    return inner.text("id") if inner else ""


def references(row: Row, name: str) -> list[str]:
    """The ids of a list of objects. Raises FieldError."""
    return [inner.id() for inner in row.rows(name)]
