"""Tool detection: the templates of the catalog that fit a message, ranked.

A message is compared with the rules of each template, and its traits with those of all samples: a
trait tells the more, the fewer tools have it (inverse document frequency). Leaving each sample out
in turn, ``make bench ONLY=catalog`` measures how often the right one comes first.
"""

import math
import sys
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from integrations.catalog import Template, all_templates, traits
from integrations.catalog.template import Sample, read
from integrations.catalog.traits import traits_of
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
# The weights were tried on all samples, each left out in its turn.
MATCH_WEIGHT = 15  # the rules know the shape of the message
REQUIRED_WEIGHT = 4  # each path that the shape has to have
UNCOMPARED_WEIGHT = -4  # the rules know none of its words
MARK_WEIGHT, MARK_HEADER_WEIGHT = 8, 120  # what only this tool's messages have
GENERIC_WEIGHT = -30
TRAIT_WEIGHTS = {traits.HEADER: 2.0, traits.VALUE: 0.5}  # of others 1
# With its own tool left out, the first guess is stronger than this for one sample in 13, most of
# which imitate another tool; with the sample alone left out, it is weaker for one in 13.
STRONG_SCORE, STRONG_MARGIN, STRONG_PERCENT = 30, 15, 50
# So far ahead, its fields may be new: that is one more in 180 of those whose tool is left out.
SURE_MARGIN = 80
MAX_MATCHED = 30  # Rules are compared for so many: that takes longer than all else.
FORM = "application/x-www-form-urlencoded"

Needs = tuple[frozenset[str], frozenset[str]]  # keys at the top of the body, names of headers


@dataclass(frozen=True, slots=True)
class Guess:
    """A template that a message is likely to be for, and what it would make of it.

    ``variant`` is empty where its rules do not know this form of the message. ``is_weak`` says
    that another tool is nearly as likely, or that much of the message is unknown and others
    are not far behind.
    """

    template: Template
    variant: str
    events: tuple[Event, ...]
    score: float
    is_weak: bool = True

    @property
    def actions(self) -> list[str]:
        """What its events ask for, each once."""
        return list(dict.fromkeys(event.action for event in self.events))


class SampleTraits:
    """The traits of the samples of each tool, and how much each of them tells."""

    def __init__(self, known: Mapping[str, frozenset[str]]) -> None:
        self.known = known
        counts = Counter(trait for traits in known.values() for trait in traits)
        self.weights = {trait: self._weight(trait, count) for trait, count in counts.items()}

    def without(self, template: Template, sample: Sample) -> "SampleTraits":
        """As if this sample of a template were not there."""
        others = [traits_of(one.received) for one in template.samples if one.name != sample.name]
        return SampleTraits({**self.known, template.slug: frozenset().union(*others)})

    def without_tools(self, slugs: Set[str]) -> "SampleTraits":
        """As if these tools were not in the catalog."""
        return SampleTraits({slug: one for slug, one in self.known.items() if slug not in slugs})

    def _weight(self, trait: str, tools: int) -> float:
        """The fewer tools have it, the more it tells."""
        kind = trait[: trait.index(" ") + 1]
        rarity = (len(self.known) + 1) / (tools + 0.5)
        return TRAIT_WEIGHTS.get(kind, 1.0) * math.log(rarity)

    def weight(self, trait: str) -> float:
        """That of a trait which no tool has is that of one which only one has."""
        return self.weights.get(trait) or self._weight(trait, 1)

    def score(self, slug: str, found: frozenset[str]) -> float:
        """How much of what the message is made of speaks for this tool."""
        return sum(map(self.weights.__getitem__, found & self.known[slug]))

    def percent(self, slug: str, found: frozenset[str]) -> float:
        """How much of its fields this tool's samples have."""
        told = frozenset(one for one in found if one.startswith((traits.KEY, traits.PARAMETER)))
        return 100 * self.score(slug, told) / (sum(map(self.weight, told)) or 1.0)


@cache
def all_samples() -> SampleTraits:
    """Those of the whole catalog; they are read at the first question, and not kept."""
    made = {}
    for slug in _index():
        found = [traits_of(one.received) for one in read(all_templates()[slug].folder).samples]
        made[slug] = frozenset(map(sys.intern, frozenset().union(*found)))
    return SampleTraits(made)


def detect(
    received: Received, limit: int = MAX_GUESSES, samples: SampleTraits | None = None
) -> list[Guess]:
    """The templates that know this message, the most likely first, the generic ones last."""
    samples, found = samples or all_samples(), traits_of(received)
    candidates = _candidates(received, found, samples)
    guesses = [one for slug in candidates if (one := _guess(slug, received, found, samples))]
    guesses.sort(key=_rank)
    return [replace(one, is_weak=_is_weak(one, guesses, found, samples)) for one in guesses[:limit]]


def _candidates(received: Received, found: frozenset[str], samples: SampleTraits) -> list[str]:
    """The likeliest by traits and by what their rules demand, and the generic ones."""
    keys, headers = _keys(received.body), frozenset(received.headers)
    scores = {}
    for slug in samples.known:
        needs = _index()[slug]
        fitting = [inside for inside, names in needs if inside <= keys and names <= headers]
        demanded = {f"{traits.KEY}.{key}" for inside in fitting for key in inside}
        score = samples.score(slug, found)
        if fitting or score >= STRONG_SCORE:
            scores[slug] = score + sum(map(samples.weight, demanded))
    likely = sorted(scores, key=scores.__getitem__, reverse=True)[:MAX_MATCHED]
    return list(dict.fromkeys([*likely, *(slug for slug in scores if _is_generic(slug))]))


def _is_generic(slug: str) -> bool:
    return all_templates()[slug].category == GENERIC


def _rank(guess: Guess) -> tuple[bool, float, str]:
    return _is_generic(guess.template.slug), -guess.score, guess.template.name.casefold()


def _is_weak(
    guess: Guess, ranked: list[Guess], found: frozenset[str], samples: SampleTraits
) -> bool:
    best = max(other.score for other in ranked if other is not guess) if len(ranked) > 1 else 0
    margin = guess.score - best
    percent = samples.percent(guess.template.slug, found)
    is_known = margin >= SURE_MARGIN or percent >= STRONG_PERCENT
    is_strong = guess.score >= STRONG_SCORE and margin >= STRONG_MARGIN
    return not (guess.variant and is_strong and is_known)


def read_paste(text: str, headers: str = "", content_type: str = "") -> Received:
    """A message as a person pastes it: JSON, XML or a form. Raises UnreadableBody."""
    text = text.strip()
    is_form = text[:1] not in {"{", "[", "<"} and "=" in text and not content_type
    body = decode.decode(text.encode("utf-8", "replace"), FORM if is_form else content_type)
    return Received(body, dict(_header_lines(headers)))


def _header_lines(text: str) -> list[tuple[str, str]]:
    rows = (line.partition(":") for line in text.splitlines()[:100])
    return [(name.strip(), value.strip()) for name, sign, value in rows if sign and name.strip()]


def _guess(
    slug: str, received: Received, found: frozenset[str], samples: SampleTraits
) -> Guess | None:
    """What this template would make of it; None where neither rules nor traits speak for it."""
    score = samples.score(slug, found)
    match, template = _match(slug, received), all_templates()[slug]
    if match is None:
        is_likely = score >= STRONG_SCORE and samples.percent(slug, found) >= STRONG_PERCENT
        return Guess(template, "", (), score) if is_likely and not _is_generic(slug) else None
    score += match[2] + (GENERIC_WEIGHT if _is_generic(slug) else 0)
    return Guess(template, *match[:2], score)


def _match(slug: str, received: Received) -> tuple[str, tuple[Event, ...], float] | None:
    """The shape that it is of, its events, and how much that speaks for this tool."""
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
    balance = sum(_balance(variant, scope) for scope in scopes[:1])
    weight = REQUIRED_WEIGHT * variant.specificity + balance
    weight += (0 if is_told else UNCOMPARED_WEIGHT) + _marks(template, rules.root_scope(received))
    if _is_generic(slug) and weight <= 0:
        return None  # What takes everything is worth naming where it would say something.
    return variant.name, events, MATCH_WEIGHT + weight


def _marks(template: Template, scope: Scope) -> int:
    """What the message has that only this tool's messages have."""
    paths = [parse(text) for text in template.recognized_by]
    present = [path for path in paths if path.hits(scope)]
    return sum(MARK_HEADER_WEIGHT if one.root == "headers" else MARK_WEIGHT for one in present)


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
