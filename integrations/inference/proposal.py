"""Two messages of an unknown tool, one firing and one resolved: what they seem to mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.inference.choice import Choice
from integrations.inference.embedded_json import decode_embedded, embedded_paths
from integrations.inference.key_candidates import GOOD_NAME, keys
from integrations.inference.leaves import Candidate, Pair, everything, pairs, write
from integrations.inference.status_candidates import WORTH, remainders, statuses
from integrations.inference.text_candidates import (
    links,
    long_texts,
    severities,
    titles,
    with_status,
)
from integrations.mapping import paths
from integrations.mapping.paths import PathError, Scope

SURE = 40  # So well must a status be found in a list before its entries are taken for alerts.
MAX_ITEMS = 10
NOTHING = -20  # A candidate below this is offered, but never chosen unasked.


@dataclass(frozen=True, slots=True)
class Proposal:
    """Candidates for each field, best first, and the choice that would be made of them."""

    each: str
    first: Any  # what of the two messages is compared: they themselves, or one alert of each
    second: Any
    unwrap: tuple[str, ...]
    lists: tuple[str, ...]
    keys: tuple[Candidate, ...]
    statuses: tuple[Candidate, ...]
    titles: tuple[Candidate, ...]
    severities: tuple[Candidate, ...]
    urls: tuple[Candidate, ...]
    long_texts: tuple[Candidate, ...]

    @property
    def choice(self) -> Choice:
        """The best of each. What was not found is left empty, and is for a person to fill in."""
        status = _first(self.statuses, at_least=WORTH)
        subject = _rule(_first(self.titles))
        others = [one for one in self.long_texts if one.rule != subject]
        return Choice(
            each=self.each,
            unwrap=self.unwrap,
            key=_rule(_first(self.keys, at_least=1)),
            status=_rule(status),
            open_values=(status.firing,) if status else (),
            close_values=(status.resolved,) if status else (),
            subject=subject,
            severity=_rule(_first(self.severities)),
            url=_rule(_first(self.urls, at_least=0)),
            long_text=_rule(_first(others)),
        )


def propose(firing: Any, resolved: Any, each: str | None = None) -> Proposal:
    """The same bodies always give the same proposal. ``each`` says where the list of alerts is,
    '' that there is none; left out, it is looked for."""
    unwrap = embedded_paths(firing, resolved)
    firing, resolved = decode_embedded(firing, unwrap), decode_embedded(resolved, unwrap)
    lists = _lists(firing, resolved)
    found = [one for one in lists if _holds_alerts(*one[1:])]
    if each is None:
        each = found[0][0] if found else ""
    first, second, items = _chosen(firing, resolved, each)
    places, leaves = pairs(first, second), everything(first, second)
    identities, changes = _keys(places, items), statuses(places)
    status = _first(changes, at_least=WORTH)
    named = with_status(titles(leaves), _first(identities), status)
    return Proposal(
        each=each,
        first=first,
        second=second,
        unwrap=unwrap,
        lists=tuple(path for path, *_ in lists),
        keys=tuple(identities),
        statuses=tuple(changes),
        titles=tuple(named),
        severities=tuple(severities(leaves)),
        urls=tuple(links(leaves)),
        long_texts=tuple(long_texts(leaves)),
    )


def _keys(places: Sequence[Pair], items: Sequence[Any]) -> list[Candidate]:
    found = keys(places, items)
    rest = remainders(places)
    # A bare text is a worse key than what is left of a title: an environment is no problem.
    good = [one for one in found if one.kind in ("id", "name") and one.score > 0]
    weak = [one for one in found if one not in good]
    return [*good, *rest, *weak]


def _lists(firing: Any, resolved: Any) -> list[tuple[str, list[Any], list[Any]]]:
    """The lists of objects that both messages have near the top, with their entries."""
    found = []
    for steps, rows in _near(firing):
        path = write(steps) if steps else "$"
        others = _at(path, resolved)
        if _are_objects(rows) and isinstance(others, list) and _are_objects(others):
            found.append((path, rows, others))
    return found


def _near(tree: Any) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(tree, list):
        return [((), tree)]
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in tree.items() if isinstance(tree, dict) else ():
        if isinstance(value, list):
            found.append(((name,), value))
        elif isinstance(value, dict):
            found += [((name, n), v) for n, v in value.items() if isinstance(v, list)]
    return [one for one in found if not any("<" in name or ">" in name for name in one[0])]


def _at(path: str, tree: Any) -> Any:
    try:
        return paths.parse(path).value(Scope(tree, tree))
    except PathError:
        return None


def _are_objects(rows: list[Any]) -> bool:
    return bool(rows) and all(isinstance(row, dict) and row for row in rows)


def _holds_alerts(rows: list[Any], others: list[Any]) -> bool:
    """Its entries have a status that changes, and something that stays."""
    places = pairs(*_alike(rows, others))
    best = _first(statuses(places))
    key = _first(keys(places))
    return bool(best and best.score >= SURE and key and key.score >= GOOD_NAME - 4)


def _chosen(firing: Any, resolved: Any, each: str) -> tuple[Any, Any, list[Any]]:
    rows, others = (_at(each, tree) for tree in (firing, resolved)) if each else (None, None)
    if not (isinstance(rows, list) and isinstance(others, list) and rows and others):
        return firing, resolved, []
    return *_alike(rows, others), rows


def _alike(rows: list[Any], others: list[Any]) -> tuple[Any, Any]:
    """The two entries that agree most: they are about the same alert."""
    best, chosen = -1, (rows[0], others[0])
    for row in rows[:MAX_ITEMS]:
        for other in others[:MAX_ITEMS]:
            same = sum(place.is_same for place in pairs(row, other))
            if same > best:
                best, chosen = same, (row, other)
    return chosen


def _first(found: Sequence[Candidate], at_least: int = NOTHING) -> Candidate | None:
    return found[0] if found and found[0].score >= at_least else None


def _rule(one: Candidate | None) -> Any:
    return one.rule if one else ""
