"""What any other pager's export says, in one form: people, teams, schedules, policies, services.

Readers make these values and know nothing of the database; the plan compares them with what is
here. Ids are those of the source, as text. Instants are aware datetimes in UTC, wall times
``2026-03-02T09:00``, waits whole seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an object is; they are applied in this order."""

    PERSON = "person"
    CONTACT_METHOD = "contact_method"
    TEAM = "team"
    SCHEDULE = "schedule"
    OVERRIDE = "override"
    ABSENCE = "absence"
    COVER = "cover"
    POLICY = "policy"
    SERVICE = "service"
    INTEGRATION = "integration"
    OTHER = "other"  # has no counterpart here; listed, never taken


class NoteKind(StrEnum):
    """What a note says of an object."""

    APPROXIMATE = "approximate"
    NEEDS_CHOICE = "needs_choice"
    NOT_TAKEN = "not_taken"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Note:
    """A difference, a question or a reason, as a sentence.

    ``choice`` names what is asked, the same for all objects that one answer settles; ``options``
    are (value, sentence), of which the first is taken where nothing is chosen, if ``has_default``.
    """

    kind: NoteKind
    text: str
    choice: str = ""
    options: tuple[tuple[str, str], ...] = ()
    has_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an object comes from. ``document`` is what the source said of it, for its
    fingerprint; without secrets."""

    id: str
    document: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMethod(Source):
    """``channel`` is a key of ours (email, sms, voice, …); ``value`` an address or number."""

    person: str
    channel: str
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalRule:
    """After so many seconds by one contact method; ``urgency`` is high or low."""

    urgency: str
    after_s: int
    contact_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Source):
    """``reminders``: (minutes before a shift, channel), at most three, each at another time."""

    name: str
    email: str
    zone: str = ""
    is_active: bool = True
    is_admin: bool = False
    rules: tuple[PersonalRule, ...] = ()
    reminders: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of a team; ``roles`` of TeamRole: primary, secondary, manager."""

    person: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Source):
    """A team and its members, in order."""

    name: str
    description: str = ""
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Source):
    """``layers`` are as ``escalation.schedules.definition`` writes them, with the ids of people
    at the source, as text, in their rings. ``calendars``: of a layer whose people a calendar
    names, by the id of the layer, its address; ``names``: people by what it calls them besides
    their names and addresses. ``named``: of such a layer, by its id, the shifts
    that the source has worked out, where there is no calendar to ask later."""

    name: str
    zone: str
    description: str = ""
    team: str = ""
    layers: tuple[Mapping[str, Any], ...] = ()
    calendars: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, tuple["RenderedShift", ...]] = field(default_factory=dict)
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Override(Source):
    """``kind``: instead, also or nobody. ``layer``: the id of a layer of the schedule, or ""."""

    schedule: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    people: tuple[str, ...] = ()
    instead_of: str = ""
    layer: str = ""
    made_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence(Source):
    """Somebody is away; ``cover`` takes their place, everywhere."""

    person: str
    starts_at: datetime
    ends_at: datetime
    cover: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover(Source):
    """Somebody asks others to take their shift, and nobody has yet."""

    schedule: str
    person: str
    starts_at: datetime
    ends_at: datetime
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a step tells. ``kind`` is a TargetKind; ``id`` of a person, team or schedule of the
    source; ``ids`` of a round robin, each with its kind (``user`` or ``schedule``)."""

    kind: str
    id: str = ""
    role: str = ""
    ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStep:
    """After ``wait_s`` from the step before (the first: from the start) it tells its targets."""

    wait_s: int
    targets: tuple[Target, ...]
    channels: tuple[str, ...] = ()
    conditions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Source):
    """``pause_s`` after the last step before it starts again, ``repeats`` times."""

    name: str
    description: str = ""
    team: str = ""
    steps: tuple[PolicyStep, ...] = ()
    repeats: int = 0
    pause_s: int = 300
    acknowledgement_expires_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Source):
    """A service; ``settings`` are of ours that the source has too, by the name of our field."""

    name: str
    description: str = ""
    team: str = ""
    policy: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration(Source):
    """``template`` is a key of the catalog; ``key`` a secret, never shown: "" where the source
    does not tell it."""

    name: str
    template: str
    service: str = ""
    policy: str = ""
    team: str = ""
    key: str = field(default="", repr=False)
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Source):
    """Something without a counterpart; ``what`` it is called at the source."""

    name: str
    what: str


Object = (
    Person
    | ContactMethod
    | Team
    | Schedule
    | Override
    | Absence
    | Cover
    | Policy
    | Service
    | Integration
    | Other
)


@dataclass(frozen=True, slots=True)
class RenderedShift:
    """A person whom the source says to be on call between two instants."""

    person: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All that was read from one source. ``problems``: files and lists that could not be read, as
    sentences. ``rendered``: of a schedule, by its id, who is on call according to the source;
    ``rendered_spans``: between which instants it said so, where that is known."""

    source: str  # opsgenie, pagerduty, grafana_oncall, opsknight, goalert
    objects: tuple[Object, ...] = ()
    problems: tuple[str, ...] = ()
    rendered: Mapping[str, tuple[RenderedShift, ...]] = field(default_factory=dict)
    rendered_spans: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)
