"""Ladders as values: an incident that is thought of, and whom a plan tells of it, when, by what."""

from dataclasses import dataclass, replace
from datetime import datetime

from escalation.plans.plan import Plan
from incidents.choices import Severity, Urgency
from incidents.models import Service
from notifications.reach import Way


@dataclass(frozen=True, slots=True)
class Case:
    """An incident that is thought of: when it opens, and what conditions and rules ask of it."""

    at: datetime
    urgency: str = Urgency.HIGH
    severity: str = Severity.CRITICAL
    priority: str = ""
    alerts: int = 1
    service: Service | None = None  # whose support hours are meant

    def by(self, plan: Plan) -> "Case":
        """The same as a new incident that the plan pages for, with the priority it has then."""
        return replace(self, priority=self.priority or plan.priority)

    def of(self, service: Service) -> "Case":
        """The same as an incident of a service, with the urgency that the service gives it."""
        urgency = service.urgency_for(self.severity, self.at)
        return replace(self, service=service, urgency=urgency)


@dataclass(frozen=True, slots=True)
class Told:
    """A person or shared channel of a rung, why, and by what; ``ways`` is empty for nobody."""

    name: str
    why: str
    ways: tuple[Way, ...] = ()
    user_id: int | None = None

    @property
    def reached_at(self) -> datetime | None:
        """When the first message goes out."""
        return self.ways[0].at if self.ways else None


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens at an instant: ``state`` is told, nobody, skipped, waits, end (the catch-all).

    ``position`` is that of the step in the plan; ``note`` says why it was skipped or what it is.
    """

    at: datetime
    state: str
    name: str
    position: int
    told: tuple[Told, ...] = ()
    note: str = ""

    @property
    def is_reached(self) -> bool:
        return any(one.ways for one in self.told)


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rungs, in order. ``is_cut``: there are more than are shown."""

    began_at: datetime
    rungs: tuple[Rung, ...]
    is_cut: bool = False

    @property
    def first_reached_at(self) -> datetime | None:
        """When the first message goes out to anybody."""
        found = [at for rung in self.rungs for one in rung.told if (at := one.reached_at)]
        return min(found, default=None)

    @property
    def silence_s(self) -> float | None:
        """Seconds until somebody is told; None: nobody ever is."""
        at = self.first_reached_at
        return None if at is None else (at - self.began_at).total_seconds()

    @property
    def people(self) -> int:
        """How many people are told in all."""
        reached = (one.user_id for rung in self.rungs for one in rung.told if one.ways)
        return len({user for user in reached if user})

    @property
    def unreachable(self) -> list[str]:
        """Who is named and has no address that can be used."""
        named = (one.name for rung in self.rungs for one in rung.told if not one.ways)
        return list(dict.fromkeys(named))

    @property
    def ends_in_silence(self) -> bool:
        """Whether nobody is told at all."""
        return not self.is_cut and self.first_reached_at is None

    @property
    def lasts_s(self) -> float:
        """Seconds until the last rung."""
        return (self.rungs[-1].at - self.began_at).total_seconds() if self.rungs else 0.0
