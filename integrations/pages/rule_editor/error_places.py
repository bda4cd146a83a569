"""Where in the form a problem of the rules is shown, and how."""

import re
from dataclasses import dataclass
from typing import Any

from integrations.mapping.values import Problems
from integrations.pages.rule_editor.form_tree import Tree, rows, text

SHAPE = re.compile(r"^variants\[\d+\]\.")
FIELD = re.compile(r"^fields\.(\w+)")
ROW = re.compile(r"^(filters\.(?:all|any)|overrides|dynamic_groups|fields\.links)\[(\d+)\]")
HOUR = re.compile(r"^delay\.hours\[(\d+)\]")
# The texts of paths and of patterns say at which character they break.
POINTED = re.compile(r"^“(?P<written>.*)”, character (?P<at>\d+)(?P<fault>:? .*)$", re.DOTALL)
PREFIXES = {"dynamic_groups": "groups", "fields.links": "links"}
EXACT = {
    "delay.rule": "rule",
    "grouping.minutes": "group_minutes",
    "grouping.by": "by",
    "grouping.pages_again": "pages_again",
}
# What rules call a number is chosen from a list on the page.
PLAINER = {
    "write the id of a team": "choose a group",
    "write either a policy or a play": "choose a policy or a play",
    "write when it holds: days, start and end, or when": "enter a time, source data, or both",
    "write {path, operator, value}": "enter a field, an operator and a value",
    "write at least one row of days, start and end": "choose days, and enter start and end",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its sentence, and the text with the place to look at."""

    says: str
    written: str = ""
    at: int = 0

    @property
    def pointer(self) -> str:
        """Blanks up to the place: what stands behind them is a caret."""
        return " " * (self.at - 1)


def placed(
    problems: Problems, tree: Tree, spots: dict[str, list[int]] | None = None
) -> dict[str, list[Problem]]:
    """The problems by the name of the part of the form.

    Rules count only rows that say something; ``spots`` are the places of those on the page.
    """
    found: dict[str, list[Problem]] = {}
    for where, says in problems:
        here = found.setdefault(_on_page(place_of(where, tree), spots or {}), [])
        problem = explained(says)
        if problem not in here:
            here.append(problem)
    return found


def place_of(where: str, tree: Tree) -> str:
    """The part of the form that wrote this rule."""
    where = SHAPE.sub("", where)
    if row := ROW.match(where):
        return f"{PREFIXES.get(row[1], row[1])}.{row[2]}"
    if hour := HOUR.match(where):
        return f"hours.{hour[1]}"
    return _place_of_field(where, tree) or _place_of_key(where)


def _place_of_field(where: str, tree: Tree) -> str:
    field = FIELD.match(where)
    if not field:
        return ""
    if field[1] in ("custom_fields", "tags"):
        return _named(where.removeprefix(field[0]).lstrip("."), field[1], tree)
    return "links" if field[1] == "links" else f"fields.{field[1]}"


def _place_of_key(where: str) -> str:
    first = re.split(r"[.\[]", where, maxsplit=1)[0]
    if first.endswith("_when"):
        return f"conditions.{first}"
    whole = re.sub(r"\[\d+\].*", "", where)
    return EXACT.get(whole) or first


def _on_page(place: str, spots: dict[str, list[int]]) -> str:
    name, _, number = place.rpartition(".")
    known = spots.get(name, [])
    is_known = number.isdecimal() and int(number) < len(known)
    return f"{name}.{known[int(number)]}" if is_known else place


def explained(says: str) -> Problem:
    """The sentence, with the character that it speaks of."""
    match = POINTED.match(says)
    if not match or "\n" in match["written"]:
        return Problem(PLAINER.get(says, says))
    return Problem(f"character {match['at']}{match['fault']}", match["written"], int(match["at"]))


def without(raw: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """The rules without the parts that cannot work, so that the rest can be tried already."""
    made = {**raw}
    if isinstance(made.get("variants"), list):
        made["variants"] = [{**row} for row in made["variants"]]
    for where, _ in problems:
        inner = SHAPE.sub("", where)
        _drop(made, inner)
        if shape := re.match(r"^variants\[(\d+)\]", where):
            _drop(made["variants"][int(shape[1])], inner)
    return made


def _drop(raw: dict[str, Any], where: str) -> None:
    field = FIELD.match(where)
    if field and isinstance(raw.get("fields"), dict):
        raw["fields"] = {name: one for name, one in raw["fields"].items() if name != field[1]}
    else:
        raw.pop(re.split(r"[.\[]", where, maxsplit=1)[0], None)


def _named(rest: str, kind: str, tree: Tree) -> str:
    """The row whose name the problem has: a name may hold dots itself."""
    names = [(text(row, "name").strip(), place) for place, row in enumerate(rows(tree, kind))]
    fits = [(name, place) for name, place in names if name and rest.startswith(name)]
    return f"{kind}.{max(fits)[1]}" if fits else kind
