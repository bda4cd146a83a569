"""What objects refer to, and their fingerprints."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from typing import Any

import orjson

from integrations.importers.neutral import (
    Absence,
    ContactMethod,
    Cover,
    Integration,
    Kind,
    Object,
    Other,
    Override,
    Person,
    Policy,
    Schedule,
    Service,
    Target,
    Team,
)

Ref = tuple[Kind, str]  # an object, by its kind and its id at the source
Resolve = Callable[[Ref], int | None]  # the id of ours; None where there is none yet

KINDS: Mapping[type[Any], Kind] = {
    Person: Kind.PERSON,
    ContactMethod: Kind.CONTACT_METHOD,
    Team: Kind.TEAM,
    Schedule: Kind.SCHEDULE,
    Override: Kind.OVERRIDE,
    Absence: Kind.ABSENCE,
    Cover: Kind.COVER,
    Policy: Kind.POLICY,
    Service: Kind.SERVICE,
    Integration: Kind.INTEGRATION,
    Other: Kind.OTHER,
}
TARGET_KINDS = {"user": Kind.PERSON, "team": Kind.TEAM, "team_role": Kind.TEAM}


def kind_of(one: Object) -> Kind:
    """What an object is."""
    return KINDS[type(one)]


def ref_of(one: Object) -> Ref:
    """Its kind and its id at the source; of others with what they are."""
    return kind_of(one), f"{one.what} {one.id}" if isinstance(one, Other) else one.id


def references(one: Object) -> set[Ref]:
    """The objects that it names."""
    return {ref for ref in _references(one) if ref[1]}


def required(one: Object) -> list[Ref]:
    """The objects without which it cannot be."""
    match one:
        case ContactMethod() | Absence():
            return [(Kind.PERSON, one.person)]
        case Override():
            return [(Kind.SCHEDULE, one.schedule)]
        case Cover():
            return [(Kind.SCHEDULE, one.schedule), (Kind.PERSON, one.person)]
        case Integration():
            return [(Kind.SERVICE, one.service)]
    return []


def lost(one: Object, resolve: Resolve) -> list[str]:
    """What it names and what is not taken, in sentences; of the targets of steps see convert."""
    told = set()
    if isinstance(one, Policy):
        steps = one.steps
        told = {ref for step in steps for target in step.targets for ref in target_refs(target)}
    named = sorted(references(one) - told - set(required(one)))
    missing = [ref for ref in named if resolve(ref) is None]
    return [f"It names the {kind.value} {number}, which is not taken." for kind, number in missing]


def _references(one: Object) -> Iterator[Ref]:
    match one:
        case ContactMethod():
            yield Kind.PERSON, one.person
        case Team():
            yield from ((Kind.PERSON, member.person) for member in one.members)
        case Schedule():
            yield Kind.TEAM, one.team
            yield from ((Kind.PERSON, person) for person in people_of(one))
        case Override():
            yield Kind.SCHEDULE, one.schedule
            yield from ((Kind.PERSON, person) for person in (*one.people, one.instead_of))
        case Absence():
            yield from ((Kind.PERSON, person) for person in (one.person, one.cover))
        case _:
            yield from _of_paging(one)


def _of_paging(one: Object) -> Iterator[Ref]:
    match one:
        case Policy():
            yield Kind.TEAM, one.team
            for step in one.steps:
                for target in step.targets:
                    yield from target_refs(target)
        case Service():
            yield from ((Kind.TEAM, one.team), (Kind.POLICY, one.policy))
        case Cover():
            yield from ((Kind.SCHEDULE, one.schedule), (Kind.PERSON, one.person))
        case Integration():
            yield from ((Kind.SERVICE, one.service), (Kind.POLICY, one.policy))


def people_of(schedule: Schedule) -> list[str]:
    """The ids of everybody whom its layers, or its calendars, may name."""
    slots = [slot for layer in schedule.layers for slot in layer.get("ring", ())]
    named = [one.person for shifts in schedule.named.values() for one in shifts]
    return [*(person for slot in slots for person in slot), *named, *schedule.names.values()]


def target_refs(target: Target) -> list[Ref]:
    """The objects that a target names."""
    if target.ids:
        return [(TARGET_KINDS.get(kind, Kind.SCHEDULE), number) for kind, number in target.ids]
    return [(TARGET_KINDS.get(target.kind, Kind.SCHEDULE), target.id)] if target.id else []


def fingerprint(one: Object, resolve: Resolve) -> str:
    """Changes with what the source says of it, and with whom its references mean here."""
    said = {field.name: getattr(one, field.name) for field in fields(one) if field.name != "notes"}
    meant = sorted(
        (kind.value, number, resolve((kind, number))) for kind, number in references(one)
    )
    return digest({"said": said, "meant": meant})


def digest(value: Any) -> str:
    """SHA-256 of a value as JSON with sorted keys, in hexadecimal digits."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    text = orjson.dumps(value, default=_plain, option=options)
    return hashlib.sha256(text).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def digest_of_key(key: str) -> str:
    """What stands for the key of an integration: ``integrations.models.digest_of`` of it."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
