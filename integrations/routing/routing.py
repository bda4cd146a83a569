"""Routing: delay, grouping, overrides of the plan, dynamic groups, and auto-resolve."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from incidents.report import Group, Suppression
from integrations.mapping.conditions import Condition
from integrations.mapping.events import Event
from integrations.mapping.paths import Path, Scope
from integrations.routing.compiler import DelayRule, compile_routing
from opsportal.lib.weekly_hours import WeeklyHours, next_opening

__all__ = ["Routing", "compile"]

UTC = ZoneInfo("UTC")
CLOSE_UNIDENTIFIED_AFTER = timedelta(days=1)
DESCRIPTIONS: dict[DelayRule, str] = {
    DelayRule.EVERY_ALERTS: "it pages with every {alerts} messages of the alert",
    DelayRule.MINUTES: "it waits {minutes} min for its end",
    DelayRule.ALERTS_WITHIN: "it waits for {alerts} messages within {minutes} min",
    DelayRule.SUPPORT_HOURS: "it waits for the support hours",
}


@dataclass(frozen=True, slots=True)
class Delay:
    """A rule by which an alert does not page at once."""

    rule: DelayRule
    alerts: int = 0
    minutes: int = 0
    hours: tuple[WeeklyHours, ...] = ()

    @property
    def says(self) -> str:
        """What it waits for; the same for every alert that it holds back."""
        return DESCRIPTIONS[self.rule].format(alerts=self.alerts, minutes=self.minutes)

    def hold(self, zone: ZoneInfo, at: datetime) -> Suppression | None:
        """Why an alert that comes at this time pages later; None where it pages at once."""
        if self.rule == DelayRule.MINUTES:
            return Suppression(self.says, until=at + timedelta(minutes=self.minutes))
        if self.rule == DelayRule.SUPPORT_HOURS:
            opening = next_opening(self.hours, zone, at)
            return Suppression(self.says, until=opening) if opening else None
        within = timedelta(minutes=self.minutes) if self.rule == DelayRule.ALERTS_WITHIN else None
        again = self.rule == DelayRule.EVERY_ALERTS
        return Suppression(self.says, alerts=self.alerts, within=within, again=again)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which alerts of a service become one incident."""

    minutes: int = 0
    by: tuple[Path, ...] = ()
    pages_again: bool = True

    def group(self, integration_id: int, scope: Scope, at: datetime) -> Group | None:
        """The group of an alert; None where what they have in common is missing."""
        values = [path.read(scope) for path in self.by]
        if self.by and not any(values):
            return None
        digest = hashlib.sha256(json.dumps([integration_id, *values]).encode()).hexdigest()
        until = at + timedelta(minutes=self.minutes) if self.minutes else None
        return Group(digest, until, self.pages_again)


@dataclass(frozen=True, slots=True)
class Override:
    """Another policy or play, at some times of the week, for some messages, or for both."""

    hours: WeeklyHours | None = None
    when: Condition | None = None
    policy_id: int | None = None
    play_id: int | None = None

    def fits(self, event: Event, scope: Scope, zone: ZoneInfo, at: datetime) -> bool:
        if self.hours is not None and not self.hours.contains(zone, at):
            return False
        return self.when is None or self.when.fits(scope, event.status)


@dataclass(frozen=True, slots=True)
class DynamicGroup:
    """A team that some messages page in addition to the plan."""

    when: Condition
    team_id: int


@dataclass(frozen=True, slots=True)
class Routing:
    """Compiled routing. It is pure: the same event at the same time goes the same way."""

    zone: ZoneInfo = UTC
    delay: Delay | None = None
    grouping: Grouping | None = None
    overrides: tuple[Override, ...] = ()
    dynamic_groups: tuple[DynamicGroup, ...] = ()
    close_after: timedelta | None = None
    close_unidentified_after: timedelta | None = CLOSE_UNIDENTIFIED_AFTER

    def hold(self, at: datetime) -> Suppression | None:
        """Why an alert that comes at this time pages later; None where it pages at once."""
        return self.delay.hold(self.zone, at) if self.delay else None

    def group(self, integration_id: int, scope: Scope, at: datetime) -> Group | None:
        """With which others it becomes one incident."""
        return self.grouping.group(integration_id, scope, at) if self.grouping else None

    def override(self, event: Event, scope: Scope, at: datetime) -> Override | None:
        """The first row that holds."""
        rows = (row for row in self.overrides if row.fits(event, scope, self.zone, at))
        return next(rows, None)

    def teams(self, event: Event, scope: Scope) -> list[int]:
        """The teams of all rows that hold."""
        rows = (row for row in self.dynamic_groups if row.when.fits(scope, event.status))
        return list(dict.fromkeys(row.team_id for row in rows))

    def expires_at(self, event: Event, at: datetime) -> datetime | None:
        """When an alert closes unless it is repeated: as its sender says, else by the routing.

        What nothing identifies has no end that could be told from others, so it always closes.
        """
        if event.expires_at and event.expires_at > at:
            return event.expires_at
        after = self.close_after or (self.close_unidentified_after if event.identity else None)
        return at + after if after else None

    def explain(
        self, event: Event, scope: Scope, integration_id: int, at: datetime
    ) -> dict[str, Any]:
        """What it would do, as values that a preview shows."""
        hold, group = self.hold(at), self.group(integration_id, scope, at)
        override = self.override(event, scope, at)
        return {
            "suppressed_reason": hold.reason if hold else "",
            "suppressed_until": hold.until if hold else None,
            "group": group.key if group else "",
            "policy": override.policy_id if override else None,
            "play": override.play_id if override else None,
            "teams": self.teams(event, scope),
            "expires_at": self.expires_at(event, at),
        }


def compile(raw: dict[str, Any]) -> Routing:  # noqa: A001 - routing.compile, as mapping.compile
    """The routing, ready for use; RulesError names everything that is wrong with it."""
    parts = compile_routing(raw)
    delay, grouping = parts["delay"], parts["grouping"]
    return Routing(
        zone=parts["zone"],
        delay=Delay(**delay) if delay else None,
        grouping=Grouping(**grouping) if grouping else None,
        overrides=tuple(Override(**row) for row in parts["overrides"]),
        dynamic_groups=tuple(DynamicGroup(**row) for row in parts["dynamic_groups"]),
        close_after=parts["close_after"],
        close_unidentified_after=None if parts["never_closes"] else CLOSE_UNIDENTIFIED_AFTER,
    )
