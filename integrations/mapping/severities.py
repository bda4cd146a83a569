"""From a vendor's word or number to one of four severities."""

from dataclasses import dataclass
from typing import Any

from incidents.report import SEVERITIES
from integrations.mapping.values import Problems
from opsportal.lib.text import as_number, as_text

DEFAULT = "error"
# Other spellings of the four; what a template says of them wins.
SPELLINGS = {
    "crit": "critical",
    "err": "error",
    "warn": "warning",
    "information": "info",
    "informational": "info",
}
KEYS = {"map", "default", "ranges"}


@dataclass(frozen=True, slots=True)
class SeverityTable:
    """Words first, then numbers; what is in neither gets the default."""

    words: dict[str, str]
    ranges: tuple[tuple[float, str], ...]
    default: str

    def read(self, text: str) -> str:
        """The severity that a text means."""
        if found := self.words.get(text.casefold()):
            return found
        if self.ranges:
            number = as_number(text)
            for at_least, severity in self.ranges:
                if number is not None and number >= at_least:
                    return severity
        return self.default


def compile_severity(raw: Any, where: str, problems: Problems) -> SeverityTable:
    """The table that a template writes; our own four words mean themselves."""
    words = SPELLINGS | {severity: severity for severity in SEVERITIES}
    if raw is None:
        return SeverityTable(words, (), DEFAULT)
    if not isinstance(raw, dict) or raw.keys() - KEYS or not isinstance(raw.get("map", {}), dict):
        problems.append((where, "write default = …, a table map, and ranges if it is a number"))
        return SeverityTable(words, (), DEFAULT)
    default = _severity(raw.get("default", DEFAULT), f"{where}.default", problems)
    for word, severity in raw.get("map", {}).items():
        folded = as_text(word).casefold()
        words[folded] = _severity(severity, f"{where}.map.{word}", problems)
    return SeverityTable(words, _ranges(raw.get("ranges", []), where, problems), default)


def _ranges(raw: Any, where: str, problems: Problems) -> tuple[tuple[float, str], ...]:
    found = []
    for row in raw if isinstance(raw, list) else [raw]:
        number = as_number(as_text(row.get("at_least"))) if isinstance(row, dict) else None
        if number is None or row.keys() != {"at_least", "severity"}:
            problems.append((f"{where}.ranges", "write {at_least = 7, severity = “critical”}"))
            continue
        found.append((number, _severity(row["severity"], f"{where}.ranges", problems)))
    return tuple(sorted(found, reverse=True))


def _severity(raw: Any, where: str, problems: Problems) -> str:
    if isinstance(raw, str) and raw in SEVERITIES:
        return raw
    problems.append((where, f"“{as_text(raw)}” is none of {', '.join(SEVERITIES)}"))
    return DEFAULT
