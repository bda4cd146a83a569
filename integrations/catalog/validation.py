"""Everything that can be wrong with a template, with the file it is wrong in."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from integrations.catalog.golden_samples import outcome, pairs
from integrations.catalog.handshakes import HANDSHAKES
from integrations.catalog.responses import problems_of
from integrations.catalog.template import CONFIDENCES, HOME, BrokenTemplate, Template, read
from integrations.errors import RulesError, UnrecognizedPayload
from integrations.mapping.paths import PathError, parse
from integrations.mapping.rules import Action, Rules
from integrations.signatures import PROVIDERS

Problem = tuple[str, str]

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
COLOUR = re.compile(r"^#[0-9a-f]{6}$")
CATEGORIES = {
    "CI/CD & DevOps",
    "Chat & Collaboration",
    "Cloud",
    "Database",
    "Generic",
    "ITSM & Help desk",
    "Infrastructure & Network",
    "IoT & Facilities",
    "Logs",
    "Monitoring & APM",
    "Other",
    "Security",
    "Uptime",
}


def check(home: Path = HOME) -> list[Problem]:
    """(file, what is wrong and how to mend it) for every fault of every template."""
    problems: list[Problem] = []
    names: Counter[str] = Counter()
    for path in sorted(home.glob("*/template.toml")):
        try:
            template = read(path.parent)
            names.update({template.slug, *template.aliases})
            problems += check_template(template)
        except BrokenTemplate as error:
            problems.append((_name(path), str(error)))
    taken = [name for name, count in names.items() if count > 1]
    return problems + [("catalog", f"{name} is the slug or alias of several") for name in taken]


def check_template(template: Template) -> list[Problem]:
    """The faults of one template."""
    home = template.folder / "template.toml"
    problems = [(_name(home), message) for message in _about(template)]
    if "{{ url }}" not in template.setup:
        problems.append(
            (_name(template.folder / "setup.md"), "it does not say where {{ url }} goes")
        )
    try:
        json.dumps(template.rules)
        rules = template.compiled
        samples = template.samples
    except RulesError as error:
        return problems + [(_name(home), f"{where}: {what}") for where, what in error.problems]
    # A sample that is no JSON, rules that are no TOML, or that have a date, which is no JSON.
    except (ValueError, TypeError) as error:
        return [*problems, (_name(template.folder), str(error))]
    for sample in samples:
        problems += _sample(rules, template, sample.name)
    return problems + [(_name(template.folder / "samples"), m) for m in _pairs(template, rules)]


def _about(template: Template) -> Iterator[str]:
    if not SLUG.match(template.slug):
        yield "the folder is named in lower case, with hyphens"
    if template.category not in CATEGORIES:
        yield f"“{template.category}” is no category; known: {', '.join(sorted(CATEGORIES))}"
    if not COLOUR.match(template.colour):
        yield "colour is written #rrggbb, in lower case"
    if not 1 <= len(template.monogram) <= 3:
        yield "monogram has one to three letters"
    if template.signature and template.signature not in PROVIDERS:
        yield f"signature is one of {', '.join(PROVIDERS)}"
    yield from _source(template)
    yield from _known(template)


def _source(template: Template) -> Iterator[str]:
    if "source" not in template.rules:
        yield "it has no source: the name that its alerts carry"
    if template.source != template.rules.get("source", template.source):
        yield "source must stand before the first table"


def _known(template: Template) -> Iterator[str]:
    """How well its format is known, and what it promises to answer."""
    if template.docs and not template.docs.startswith("https://"):
        yield "docs is an https address"
    if template.handshake and template.handshake not in HANDSHAKES:
        yield f"handshake is one of {', '.join(HANDSHAKES)}"
    if template.kind == "api" and template.confidence not in CONFIDENCES:
        yield f"confidence, how well the format is known, is one of {', '.join(CONFIDENCES)}"
    if template.kind == "api" and not template.sources:
        yield "sources is a list of what the format was taken from"
    for text in template.recognized_by:
        try:
            parse(text)
        except PathError as error:
            yield f"recognized_by: {error}"
    if template.answer is not None:
        yield from (f"answer.{where}: {what}" for where, what in problems_of(template.answer))


def _sample(rules: Rules, template: Template, name: str) -> list[Problem]:
    sample = template.sample(name)
    if sample is None:
        return []
    place = _name(sample.path)
    if sample.expected is None:
        return [(place, f"no expected events: run manage.py catalog accept {template.slug}")]
    try:
        today = outcome(rules, sample)
    except UnrecognizedPayload as error:
        return [(place, str(error))]
    if today == sample.expected:
        return []
    message = (
        f"maps to something else than its expected.json; if that is right: accept {template.slug}"
    )
    return [(place, message)]


def _pairs(template: Template, rules: Rules) -> Iterator[str]:
    """An open and a close sample must be about the same alert."""
    found = pairs(template)
    if not found and not template.no_close:
        yield "no pair open.json and close.json; if the tool never closes, say why in no_close"
    if not template.sample("open"):
        yield "no open.json: the preview shows it"
    for opened, closed in found:
        first, last = rules.events(opened.received), rules.events(closed.received)
        if {event.action for event in first} != {Action.TRIGGER}:
            yield f"{opened.name} does not open"
        if {event.action for event in last} != {Action.RESOLVE}:
            yield f"{closed.name} does not close"
        if [event.key for event in first] != [event.key for event in last]:
            yield f"{closed.name} closes another alert than {opened.name} opens"


def _name(path: Path) -> str:
    return (
        "/".join(path.parts[path.parts.index("catalog") :])
        if "catalog" in path.parts
        else str(path)
    )
