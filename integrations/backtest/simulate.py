"""A simulation of events in their order: which alerts open and close, and what pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from incidents.report import Group, Suppression
from integrations.mapping.events import Action

Opener = tuple[int, int]  # the message that opened an alert, and the place of the event in it


class EffectKind(StrEnum):
    """What an event does to alerts."""

    OPENED = "opened"
    APPENDED = "appended"
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """One event as some rules read it, with what the routing says to it."""

    action: str
    key: str
    service_id: int
    at: datetime
    subject: str = ""
    severity: str = ""
    reason: str = ""
    recipients: tuple[Any, ...] = ()
    hold: Suppression | None = None
    group: Group | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to the alert that ``opener`` has opened."""

    kind: EffectKind
    event: SimulatedEvent
    opener: Opener | None = None

    @property
    def is_held(self) -> bool:
        return self.kind == EffectKind.OPENED and self.event.hold is not None


@dataclass(slots=True)
class Tally:
    """What a sequence comes to. ``silent`` are incidents that ended before anybody was paged."""

    opened: int = 0
    closed: int = 0
    incidents: int = 0
    pages: int = 0
    silent: int = 0


@dataclass(slots=True)
class _Incident:
    service_id: int
    group: Group | None
    hold: Suppression | None  # what still holds it back
    alerts: int = 0


@dataclass(slots=True)
class _Alert:
    opener: Opener
    incident: _Incident
    hold: Suppression | None
    count: int = 1
    expires_at: datetime | None = None


@dataclass(slots=True)
class Simulation:
    """The state between two events. Pure: no database, no clock."""

    tally: Tally = field(default_factory=Tally)
    alerts: dict[tuple[int, str], _Alert] = field(default_factory=dict)
    incidents: list[_Incident] = field(default_factory=list)
    recent_occurrences: dict[tuple[int, str], list[datetime]] = field(default_factory=dict)

    def message(self, number: int, events: Sequence[SimulatedEvent]) -> list[Effect]:
        """What the events of one message do."""
        return [self._event((number, place), event) for place, event in enumerate(events)]

    def pass_time(self, now: datetime) -> None:
        """What happens by itself until then: suppressed incidents page, expired alerts close."""
        for pair, alert in list(self.alerts.items()):
            hold = alert.incident.hold
            ends = hold.until if hold else None
            if ends and ends <= now and not (alert.expires_at and alert.expires_at < ends):
                self._page(alert.incident)
            if alert.expires_at and alert.expires_at <= now:
                self._close(pair)

    def finish(self, now: datetime) -> Tally:
        """What all events come to until now."""
        self.pass_time(now)
        return self.tally

    def _event(self, at: Opener, event: SimulatedEvent) -> Effect:
        self.pass_time(event.at)
        pair = (event.service_id, event.key)
        alert = self.alerts.get(pair)
        if event.action == Action.TRIGGER:
            return self._trigger(at, event, alert)
        if alert is None or not event.action:
            return Effect(EffectKind.NOTHING, event)
        if event.action == Action.RESOLVE:
            self._close(pair)
            return Effect(EffectKind.CLOSED, event, alert.opener)
        is_acknowledged = event.action == Action.ACKNOWLEDGE
        kind = EffectKind.ACKNOWLEDGED if is_acknowledged else EffectKind.UPDATED
        alert.expires_at = event.expires_at
        return Effect(kind, event, alert.opener)

    def _trigger(self, at: Opener, event: SimulatedEvent, alert: _Alert | None) -> Effect:
        stamps = self.recent_occurrences.setdefault((event.service_id, event.key), [])
        stamps.append(event.at)
        if alert is None:
            alert = self._open(at, event)
            self._count(alert, stamps, event.at)
            return Effect(EffectKind.OPENED, event, at)
        alert.count += 1
        alert.expires_at = event.expires_at
        self._count(alert, stamps, event.at)
        return Effect(EffectKind.APPENDED, event, alert.opener)

    def _open(self, at: Opener, event: SimulatedEvent) -> _Alert:
        self.tally.opened += 1
        incident = self._joined(event) or self._new(event)
        incident.alerts += 1
        alert = _Alert(at, incident, event.hold, expires_at=event.expires_at)
        self.alerts[event.service_id, event.key] = alert
        return alert

    def _new(self, event: SimulatedEvent) -> _Incident:
        incident = _Incident(event.service_id, event.group, event.hold)
        self.incidents.append(incident)
        self.tally.incidents += 1
        self.tally.pages += event.hold is None
        return incident

    def _joined(self, event: SimulatedEvent) -> _Incident | None:
        """Of a group suppressed alerts join suppressed ones, and others join others."""
        for incident in self.incidents if event.group else ():
            group = incident.group
            is_open = group and (group.until is None or group.until > event.at)
            same = group and event.group and group.key == event.group.key
            is_alike = (incident.hold is None) == (event.hold is None)
            if same and is_open and is_alike and incident.service_id == event.service_id:
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
