"""Rules: a received message → events, by a table that a person may write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.errors import RulesError, UnrecognizedPayload
from integrations.mapping.compiler import compile_filters, compile_variants
from integrations.mapping.conditions import Group
from integrations.mapping.decode_steps import AnyStep, compile_decode_steps
from integrations.mapping.events import Action, Event
from integrations.mapping.field_mapping import from_field_mapping
from integrations.mapping.foreign_bodies import way_out
from integrations.mapping.paths import Scope
from integrations.mapping.values import Problems
from integrations.mapping.variants import MAX_ITEMS, Variant

__all__ = ["Action", "Event", "Received", "Rules", "compile", "from_field_mapping"]


@dataclass(frozen=True, slots=True)
class Received:
    """A decoded message as it came, and when; header names are compared in lower case."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None

    def __post_init__(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        object.__setattr__(self, "headers", headers)
        object.__setattr__(self, "query", dict(self.query))


@dataclass(frozen=True, slots=True)
class Rules:
    """Compiled rules. Compiling takes milliseconds, applying microseconds: keep them."""

    source: str
    variants: tuple[Variant, ...]
    decode: tuple[AnyStep, ...]
    filters: Group | None

    def events(self, received: Received) -> list[Event]:
        """Every event of the message; [] only when the list that holds them is empty.

        Raises UnrecognizedPayload.
        """
        return [event for event, _ in self.scoped_events(received)]

    def scoped_events(
        self, received: Received, limit: int | None = None
    ) -> list[tuple[Event, Scope]]:
        """The first ``limit``, each with the part of the message that it was made of."""
        variant, scopes = self.match(received)
        return [(variant.event(scope, index), scope) for index, scope in enumerate(scopes[:limit])]

    def explain(self, received: Received, limit: int | None = None) -> list[dict[str, Any]]:
        """The first ``limit``, with the rule of each value and the condition that decided."""
        variant, scopes = self.match(received)
        return [variant.explain(scope, index) for index, scope in enumerate(scopes[:limit])]

    def filter_refusal(self, received: Received) -> str | None:
        """Which row of the filters refuses the message; None where they accept it."""
        if self.filters is None:
            return None
        scope = self.root_scope(received)
        for row in self.filters.all:
            if not row.fits(scope):
                return f"refused by the filter “all”: {row.says} does not hold"
        for row in self.filters.none:
            if row.fits(scope):
                return f"refused by the filter “none”: {row.says}"
        if self.filters.any and not any(row.fits(scope) for row in self.filters.any):
            rows = " or ".join(row.says for row in self.filters.any)
            return f"refused by the filter “any”: neither {rows}"
        return None

    def root_scope(self, received: Received) -> Scope:
        """The whole message, after its decode steps and before it is parted into events."""
        body = received.body
        for step in self.decode:
            body = step.apply(body, received.query)
        return Scope(body, body, received.headers, received.query, at=received.at)

    def match(self, received: Received) -> tuple[Variant, list[Scope]]:
        """The first variant that fits the message, else the one that nearly does, and one scope
        for each event.

        Raises UnrecognizedPayload where none fits, or where it holds more than `MAX_ITEMS` events.
        """
        outer = self.root_scope(received)
        found = self.match_exactly(outer)
        if found is None:
            found = self._match_nearly(outer, self.variants)
        elif found[0].ignore:
            # Of an event that a shape names, what it lacks makes no other event.
            before = self.variants[: self.variants.index(found[0])]
            named = [variant for variant in before if variant.when is not None]
            found = self._match_nearly(outer, named) or found
        if found is not None:
            variant, inner = found
            return variant, self._items(variant, inner)
        known = [variant for variant in self.variants if not variant.ignore] or self.variants
        expected = " or ".join(dict.fromkeys(variant.expects for variant in known))
        told = f"this does not look like {self.source}: expected {expected}"
        raise UnrecognizedPayload(told + way_out(received.body))

    def match_exactly(self, outer: Scope) -> tuple[Variant, Scope] | None:
        """The first variant that has all that it requires, and the message as it sees it."""
        for variant in self.variants:
            inner = variant.match(outer)
            if inner is not None:
                return variant, inner
        return None

    def _match_nearly(
        self, outer: Scope, variants: Sequence[Variant]
    ) -> tuple[Variant, Scope] | None:
        """Of these variants the one that lacks least."""
        near = [(found, one) for one in variants if (found := one.match_nearly(outer))]
        if not near:
            return None
        (_, inner), variant = min(near, key=lambda pair: pair[0][0])
        return variant, inner

    def _items(self, variant: Variant, scope: Scope) -> list[Scope]:
        scopes = variant.items(scope)
        if scopes is None:
            holders = " or ".join(path.text for path in variant.each)
            raise UnrecognizedPayload(
                f"this does not look like {self.source}: {holders} is not a list"
            )
        if len(scopes) > MAX_ITEMS:
            raise UnrecognizedPayload(f"{len(scopes)} events in one message; {MAX_ITEMS} are read")
        return scopes


def reads_query(rules: Any, name: str = "") -> bool:
    """Whether uncompiled rules read what an alert is from the query of its address, so that it may
    come by GET. What only completes a link does not count."""
    if name in ("url", "links"):
        return False
    if isinstance(rules, dict):
        return any(reads_query(value, key) for key, value in rules.items())
    if isinstance(rules, list):
        return any(reads_query(value, name) for value in rules)
    return isinstance(rules, str) and "$query" in rules


def compile(rules: dict[str, Any]) -> Rules:  # noqa: A001 - mapping.compile, as re.compile
    """The rules, ready for use; RulesError names everything that is wrong with them."""
    if not isinstance(rules, dict):
        raise RulesError([("rules", "write a table")])
    problems: Problems = []
    variants = compile_variants(rules, problems)
    decode = compile_decode_steps(rules.get("decode"), "decode", problems)
    filters = compile_filters(rules.get("filters"), problems)
    if problems:
        raise RulesError(problems)
    return Rules(variants[0].source, variants, decode, filters)
