"""A sequence of events played through in order: which alerts open and close, and what pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.report import Group, Hold

Opener = tuple[int, int]  # the message that opened an alert, and the place of the event in it


@dataclass(frozen=True, slots=True)
class Told:
    """One event as some rules read it, with what the routing says to it."""

    action: str
    key: str
    service: int
    at: datetime
    subject: str = ""
    severity: str = ""
    reason: str = ""
    whom: tuple[Any, ...] = ()
    hold: Hold | None = None
    group: Group | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does: opened, appended, updated, acknowledged, closed or nothing, to the
    alert that ``opener`` has opened."""

    did: str
    told: Told
    opener: Opener | None = None

    @property
    def is_held(self) -> bool:
        return self.did == "opened" and self.told.hold is not None


@dataclass(slots=True)
class Tally:
    """What a sequence comes to. ``silent`` are incidents that ended before anybody was told."""

    opened: int = 0
    closed: int = 0
    incidents: int = 0
    pages: int = 0
    silent: int = 0


@dataclass(slots=True)
class _Incident:
    service: int
    group: Group | None
    hold: Hold | None  # what still holds it back
    alerts: int = 0


@dataclass(slots=True)
class _Alert:
    opener: Opener
    incident: _Incident
    hold: Hold | None
    count: int = 1
    expires_at: datetime | None = None


@dataclass(slots=True)
class Play:
    """The state in between: no database, no clock."""

    tally: Tally = field(default_factory=Tally)
    alerts: dict[tuple[int, str], _Alert] = field(default_factory=dict)
    incidents: list[_Incident] = field(default_factory=list)
    recent_occurrences: dict[tuple[int, str], list[datetime]] = field(default_factory=dict)

    def message(self, number: int, events: Sequence[Told]) -> list[Effect]:
        """What the events of one message do."""
        return [self._event((number, place), told) for place, told in enumerate(events)]

    def pass_time(self, now: datetime) -> None:
        """What ends by itself until then: what was held back pages, silence closes."""
        for pair, alert in list(self.alerts.items()):
            hold = alert.incident.hold
            ends = hold.until if hold else None
            if ends and ends <= now and not (alert.expires_at and alert.expires_at < ends):
                self._page(alert.incident)
            if alert.expires_at and alert.expires_at <= now:
                self._close(pair)

    def _event(self, at: Opener, told: Told) -> Effect:
        self.pass_time(told.at)
        pair = (told.service, told.key)
        alert = self.alerts.get(pair)
        if told.action == "trigger":
            return self._trigger(at, told, alert)
        if alert is None or not told.action:
            return Effect("nothing", told)
        if told.action == "resolve":
            self._close(pair)
            return Effect("closed", told, alert.opener)
        did = {"acknowledge": "acknowledged"}.get(told.action, "updated")
        alert.expires_at = told.expires_at
        return Effect(did, told, alert.opener)

    def _trigger(self, at: Opener, told: Told, alert: _Alert | None) -> Effect:
        stamps = self.recent_occurrences.setdefault((told.service, told.key), [])
        stamps.append(told.at)
        if alert is None:
            alert = self._open(at, told)
            self._count(alert, stamps, told.at)
            return Effect("opened", told, at)
        alert.count += 1
        alert.expires_at = told.expires_at
        self._count(alert, stamps, told.at)
        return Effect("appended", told, alert.opener)

    def _open(self, at: Opener, told: Told) -> _Alert:
        self.tally.opened += 1
        incident = self._joined(told) or self._new(told)
        incident.alerts += 1
        alert = _Alert(at, incident, told.hold, expires_at=told.expires_at)
        self.alerts[told.service, told.key] = alert
        return alert

    def _new(self, told: Told) -> _Incident:
        incident = _Incident(told.service, told.group, told.hold)
        self.incidents.append(incident)
        self.tally.incidents += 1
        self.tally.pages += told.hold is None
        return incident

    def _joined(self, told: Told) -> _Incident | None:
        """Of a group held alerts join held ones, and others join others."""
        for incident in self.incidents if told.group else ():
            group = incident.group
            is_open = group and (group.until is None or group.until > told.at)
            same = group and told.group and group.key == told.group.key
            is_alike = (incident.hold is None) == (told.hold is None)
            if same and is_open and is_alike and incident.service == told.service:
                return incident
        return None

    def _count(self, alert: _Alert, stamps: list[datetime], now: datetime) -> None:
        """The rules that wait for so many messages."""
        rule = alert.hold
        if rule is None or not rule.alerts:
            return
        if rule.within:
            reached = sum(stamp > now - rule.within for stamp in stamps) >= rule.alerts
        else:
            reached = alert.count % rule.alerts == 0
        if reached and (alert.incident.hold is not None or rule.again):
            self._page(alert.incident)

    def _page(self, incident: _Incident) -> None:
        incident.hold = None
        self.tally.pages += 1

    def _close(self, pair: tuple[int, str]) -> None:
        incident = self.alerts.pop(pair).incident
        self.tally.closed += 1
        incident.alerts -= 1
        if not incident.alerts:
            self.tally.silent += incident.hold is not None
            self.incidents.remove(incident)


def play(
    steps: Iterable[tuple[int, Sequence[Told]]], now: datetime
) -> tuple[list[list[Effect]], Tally]:
    """The effects of each message, and what all of them come to until now."""
    stage = Play()
    effects = [stage.message(number, events) for number, events in steps]
    stage.pass_time(now)
    return effects, stage.tally
