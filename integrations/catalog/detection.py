"""Tool detection: the templates of the catalog that fit a message, ranked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from integrations.catalog import Template, all_templates
from integrations.catalog.template import read
from integrations.decoding import decode
from integrations.errors import RulesError, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.events import Event
from integrations.mapping.paths import Key, PathError, Scope, parse
from integrations.mapping.rules import Received
from integrations.mapping.variants import Variant

MAX_GUESSES = 10
MAX_EVENTS = 20
COMPILED_CACHE_SIZE = 40
GENERIC = "Generic"
# Tried on all samples: what a message must have counts twice what it may have, and a template
# that knows none of its words is less likely by as much as four fields.
WEIGHT, UNCOMPARED_FIELDS = 2, 4
HEADER_WEIGHT = 20  # A header of its own says which tool it is, whatever others would make of it.
FORM = "application/x-www-form-urlencoded"

Needs = tuple[frozenset[str], frozenset[str]]  # keys at the top of the body, names of headers


@dataclass(frozen=True, slots=True)
class Guess:
    """A template that knows the shape of a message, and what it would make of it."""

    template: Template
    variant: str
    events: tuple[Event, ...]
    rank: tuple[bool, int, str]

    @property
    def actions(self) -> list[str]:
        """What its events ask for, each once."""
        return list(dict.fromkeys(event.action for event in self.events))


def detect(received: Received, limit: int = MAX_GUESSES) -> list[Guess]:
    """The templates that know this message, the most likely first, the generic ones last."""
    keys, headers = _keys(received.body), frozenset(received.headers)
    found = []
    for slug, alternatives in _index().items():
        if any(inside <= keys and names <= headers for inside, names in alternatives):
            guess = _guess(slug, received)
            if guess is not None:
                found.append(guess)
    return sorted(found, key=lambda guess: guess.rank)[:limit]


def read_paste(text: str, headers: str = "", content_type: str = "") -> Received:
    """A message as a person pastes it: JSON, XML or a form. Raises UnreadableBody."""
    text = text.strip()
    is_form = text[:1] not in {"{", "[", "<"} and "=" in text and not content_type
    body = decode.decode(text.encode("utf-8", "replace"), FORM if is_form else content_type)
    return Received(body, dict(_header_lines(headers)))


def _header_lines(text: str) -> list[tuple[str, str]]:
    rows = (line.partition(":") for line in text.splitlines()[:100])
    return [(name.strip(), value.strip()) for name, sign, value in rows if sign and name.strip()]


def _guess(slug: str, received: Received) -> Guess | None:
    template = all_templates()[slug]
    try:
        rules = _compiled(slug)
        # A shape that only nearly fits is that of another tool.
        if rules.match_exactly(rules.root_scope(received)) is None:
            return None
        variant, scopes = rules.match(received)
    except (RulesError, UnrecognizedPayload):
        return None
    events = tuple(variant.event(scope, at) for at, scope in enumerate(scopes[:MAX_EVENTS]))
    is_told = bool(variant.ignore) or any(event.action for event in events)
    if not is_told and not variant.specificity:
        return None  # It takes whatever comes, and makes nothing of it.
    likeness = WEIGHT * variant.specificity + sum(_balance(variant, scope) for scope in scopes[:1])
    likeness -= 0 if is_told else UNCOMPARED_FIELDS
    likeness += _marks(template, rules.root_scope(received))
    if template.category == GENERIC and likeness <= 0:
        return None  # What takes everything is worth naming where it would say something.
    rank = (template.category == GENERIC, -likeness, template.name.casefold())
    return Guess(template, variant.name, events, rank)


def _marks(template: Template, scope: Scope) -> int:
    """What the message has that only this tool's messages have."""
    paths = [parse(text) for text in template.recognized_by]
    present = [path for path in paths if path.hits(scope)]
    return sum(HEADER_WEIGHT if path.root == "headers" else WEIGHT for path in present)


def _balance(variant: Variant, scope: Scope) -> int:
    """How many of its fields the message fills, less those that it does not."""
    found = [bool(value.read(scope)) for _, value in variant.fields]
    return 2 * sum(found) - len(found)


@lru_cache(maxsize=COMPILED_CACHE_SIZE)
def _compiled(slug: str) -> mapping.Rules:
    """A copy that is not kept for good: nobody uses three hundred templates."""
    return read(all_templates()[slug].folder).compiled


def _keys(body: Any) -> frozenset[str]:
    """What stands at the top, of a list what stands at the top of its first item."""
    node = body[0] if isinstance(body, list) and body else body
    return frozenset(node) if isinstance(node, dict) else frozenset()


@cache
def _index() -> dict[str, tuple[Needs, ...]]:
    """By slug what each variant cannot do without; it is made at the first question."""
    found = {}
    for slug, template in all_templates().items():
        if template.kind == "api":
            found[slug] = _needs(read(template.folder).rules)
    return found


def _needs(rules: Mapping[str, Any]) -> tuple[Needs, ...]:
    if rules.get("decode"):
        return ((frozenset(), frozenset()),)  # What it needs may be inside a text.
    variants = rules.get("variants") or [{}]
    return tuple(dict.fromkeys(_needs_of({**rules, **variant}) for variant in variants))


def _needs_of(variant: Mapping[str, Any]) -> Needs:
    if variant.get("decode"):
        return frozenset(), frozenset()
    inside, headers = set(), set()
    for text in variant.get("requires") or ():
        try:
            path = parse(text)
        except PathError:
            continue
        first = path.steps[0] if path.steps else None
        if isinstance(first, Key) and path.root == "headers":
            headers.add(first.name)
        elif isinstance(first, Key) and path.root in ("item", "body") and first.index is None:
            inside.add(first.name)
    return frozenset(inside), frozenset(headers)
