"""Conditions over a message: a path, an operator, values; combined by all, any and none."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from integrations.mapping import regex
from integrations.mapping.paths import Path, Scope
from integrations.mapping.timestamps import parse_timestamp
from integrations.mapping.values import Problems, compile_path
from integrations.mapping.words import contains_words
from opsportal.lib.text import as_number, as_text, is_empty

MAX_DEPTH = 10
MAX_NAMED_VALUES = 3  # values that a sentence names before it only counts
ROW_KEYS = {"path", "operator", "values", "value", "negate", "case"}
GROUP_KEYS = ("all", "any", "none")

Test = Callable[[str, Any], bool]


def _greater(text: str, wanted: Any) -> bool:
    number = as_number(text)
    return number is not None and number > wanted


def _less(text: str, wanted: Any) -> bool:
    number = as_number(text)
    return number is not None and number < wanted


# One text of the message against one wanted value, both already folded where case is ignored.
TESTS: dict[str, Test] = {
    "equals": lambda text, wanted: text == wanted,
    "in": lambda text, wanted: text == wanted,
    "contains": lambda text, wanted: wanted in text,
    "contains word": contains_words,
    "starts with": lambda text, wanted: text.startswith(wanted),
    "ends with": lambda text, wanted: text.endswith(wanted),
    "matches": lambda text, wanted: wanted.search(text) is not None,
    "greater than": _greater,
    "less than": _less,
}
SAFE_TESTS: dict[str, Test] = {"contains word": partial(contains_words, skips_negated=True)}
OPPOSITES = {
    "not equals": "equals",
    "does not contain": "contains",
    "does not contain word": "contains word",
    "does not exist": "exists",
}
WITHOUT_VALUES = ("exists", "is empty", "is past")
OPERATORS = (*TESTS, *OPPOSITES, *WITHOUT_VALUES)


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. Without a path it compares the event's status.

    ``skips_negated``: a word counts only where the text does not say “not” to it.
    """

    path: Path | None
    operator: str
    wanted: tuple[Any, ...]
    is_negated: bool
    is_case_sensitive: bool
    says: str
    size: int = 1
    skips_negated: bool = False

    def fits(self, scope: Scope, status: Any = None) -> bool:
        return self._holds(self.hits(scope, status), scope.at) is not self.is_negated

    def hits(self, scope: Scope, status: Any = None) -> list[Any]:
        """What is compared."""
        return self.path.hits(scope) if self.path else [status]

    def _holds(self, hits: list[Any], at: datetime | None) -> bool:
        if self.operator == "exists":
            return any(not is_empty(hit) for hit in hits)
        if self.operator == "is empty":
            return bool(hits) and all(is_empty(hit) for hit in hits)
        if self.operator == "is past":
            times = [time for text in texts_of(hits) if (time := parse_timestamp(text))]
            return bool(times) and max(times) <= (at or timezone.now())
        test = SAFE_TESTS[self.operator] if self.skips_negated else TESTS[self.operator]
        folds = not self.is_case_sensitive and self.operator != "matches"
        for text in texts_of(hits):
            subject = text.casefold() if folds else text
            if any(test(subject, wanted) for wanted in self.wanted):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows and groups under all, any and none; what is left out is no hindrance."""

    all: tuple["Condition", ...]
    any: tuple["Condition", ...]
    none: tuple["Condition", ...]
    says: str

    @property
    def size(self) -> int:
        """How many rows have to hold, at least."""
        least = min((part.size for part in self.any), default=0)
        return sum(part.size for part in self.all) + least + len(self.none)

    def fits(self, scope: Scope, status: Any = None) -> bool:
        return (
            all(part.fits(scope, status) for part in self.all)
            and (not self.any or any(part.fits(scope, status) for part in self.any))
            and not any(part.fits(scope, status) for part in self.none)
        )


Condition = Row | Group


def compile_condition(raw: Any, where: str, problems: Problems, depth: int = 0) -> Condition | None:
    """The condition; None when nothing is asked, or when it cannot work and a problem is noted."""
    if raw in (None, [], {}):
        return None
    if depth > MAX_DEPTH:
        problems.append((where, f"conditions are nested more than {MAX_DEPTH} deep"))
        return None
    if isinstance(raw, list):
        raw = {"all": raw}
    if not isinstance(raw, dict):
        problems.append((where, "write {path, operator, values}, or all, any, none with rows"))
        return None
    if raw.keys() & set(GROUP_KEYS):
        return _group(raw, where, problems, depth)
    return compile_row(raw, where, problems)


def heed_negations(condition: Condition, *, is_positive: bool = True) -> Condition:
    """The condition for what ends an alert: a negated word does not make it hold.

    Rows that hold because a word is missing count every word: they hold rather less than more.
    """
    if isinstance(condition, Row):
        skips = condition.operator in SAFE_TESTS and condition.is_negated is not is_positive
        return replace(condition, skips_negated=skips)
    parts: dict[str, Any] = {
        key: tuple(
            heed_negations(part, is_positive=is_positive is not (key == "none"))
            for part in getattr(condition, key)
        )
        for key in GROUP_KEYS
    }
    return replace(condition, **parts)


def _group(raw: dict[str, Any], where: str, problems: Problems, depth: int) -> Group:
    if unknown := sorted(map(str, raw.keys() - set(GROUP_KEYS))):
        problems.append((where, f"{', '.join(unknown)} cannot stand beside all, any, none"))
    parts = {key: _members(raw.get(key), f"{where}.{key}", problems, depth) for key in GROUP_KEYS}
    return Group(**parts, says=_say_group(parts))


def _members(raw: Any, where: str, problems: Problems, depth: int) -> tuple[Condition, ...]:
    rows = [] if raw is None else raw if isinstance(raw, list) else [raw]
    members = (
        compile_condition(row, f"{where}[{i}]", problems, depth + 1) for i, row in enumerate(rows)
    )
    return tuple(member for member in members if member is not None)


def compile_row(raw: Any, where: str, problems: Problems) -> Row | None:
    """One comparison, or None with a problem noted."""
    before = len(problems)
    if not isinstance(raw, dict):
        problems.append((where, "a row is a table with path, operator and values"))
        return None
    if unknown := sorted(map(str, raw.keys() - ROW_KEYS)):
        problems.append((where, f"unknown: {', '.join(unknown)}; known: {sorted(ROW_KEYS)}"))
    path = compile_path(raw["path"], f"{where}.path", problems) if raw.get("path") else None
    spelled = str(raw.get("operator", "equals")).replace("_", " ").strip().lower()
    operator = OPPOSITES.get(spelled, spelled)
    if spelled not in OPERATORS:
        close = difflib.get_close_matches(spelled, OPERATORS, 1)
        mend = f"did you mean “{close[0]}”?" if close else f"known: {', '.join(OPERATORS)}"
        problems.append((where, f"“{spelled}” is no operator; {mend}"))
        return None
    is_case_sensitive = raw.get("case") is True
    values = raw["values"] if "values" in raw else raw.get("value", [])
    values = values if isinstance(values, list) else [values]
    wanted = _wanted(operator, values, where, problems, is_case_sensitive=is_case_sensitive)
    if len(problems) > before:
        return None
    is_negated = (raw.get("negate") is True) is not (spelled in OPPOSITES)
    says = _say_row(path, spelled, values, is_negated=raw.get("negate") is True)
    return Row(path, operator, wanted, is_negated, is_case_sensitive, says)


def _wanted(
    operator: str, values: list[Any], where: str, problems: Problems, *, is_case_sensitive: bool
) -> tuple[Any, ...]:
    """The values in the form that the operator's test takes."""
    if operator in WITHOUT_VALUES:
        return ()
    if not any(as_text(value) for value in values):
        problems.append((where, f"“{operator}” needs at least one value"))
        return ()
    if operator == "matches":
        return tuple(
            regex.compile_pattern(v, where, problems, is_case_sensitive=is_case_sensitive)
            for v in values
        )
    if operator in {"greater than", "less than"}:
        numbers = tuple(as_number(as_text(value)) for value in values)
        if None in numbers:
            problems.append((where, f"“{operator}” compares numbers: {values} has something else"))
        return numbers
    texts = (as_text(value) for value in values)
    return tuple(text if is_case_sensitive else text.casefold() for text in texts if text)


def texts_of(hits: list[Any]) -> list[str]:
    """What a path leads to as texts; a list is each of its entries."""
    texts = []
    for hit in hits:
        if isinstance(hit, list):
            texts += [as_text(entry) for entry in hit]
        elif hit is not None:
            texts.append(as_text(hit))
    return texts


def _say_row(path: Path | None, operator: str, values: list[Any], *, is_negated: bool) -> str:
    subject = path.text if path else "status"
    wanted = " or ".join(f"“{as_text(value)}”" for value in values[:MAX_NAMED_VALUES])
    if len(values) > MAX_NAMED_VALUES:
        wanted += f" or {len(values) - MAX_NAMED_VALUES} more"
    sentence = f"{subject} {operator} {wanted}".strip()
    return f"not ({sentence})" if is_negated else sentence


def _say_group(parts: dict[str, tuple[Condition, ...]]) -> str:
    said = [" and ".join(part.says for part in parts["all"])]
    if parts["any"]:
        said.append("(" + " or ".join(part.says for part in parts["any"]) + ")")
    if parts["none"]:
        said.append("none of (" + " or ".join(part.says for part in parts["none"]) + ")")
    return " and ".join(filter(None, said))
