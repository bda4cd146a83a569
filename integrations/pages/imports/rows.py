"""The report or the plan of an import as a page shows it: grouped, counted, with what is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse

from integrations.importers.neutral import Kind
from integrations.importers.plan import Verdict
from integrations.setup.imports.report import Row

LOOKS = {
    Verdict.NEEDS_YOU: ("amber", "help", "Needs you"),
    Verdict.NEW: ("green", "add", "New"),
    Verdict.CHANGED: ("blue", "edit", "Changed"),
    Verdict.JOINED: ("blue", "link", "Joined"),
    Verdict.APPROXIMATE: ("amber", "warning", "Approximate"),
    Verdict.NOT_TAKEN: ("gray", "block", "Not taken"),
    Verdict.SAME: ("gray", "check", "Same"),
}
TITLES = {
    Kind.PERSON: "People",
    Kind.CONTACT_METHOD: "Contact methods",
    Kind.TEAM: "Teams",
    Kind.SCHEDULE: "Schedules",
    Kind.OVERRIDE: "Overrides",
    Kind.ABSENCE: "Out of office",
    Kind.COVER: "Requests for cover",
    Kind.POLICY: "Policies",
    Kind.SERVICE: "Services",
    Kind.INTEGRATION: "Integrations",
    Kind.OTHER: "Without a counterpart",
}
PLACES = {
    "person": "admin:incidents_user_change",
    "team": "admin:incidents_team_change",
    "schedule": "schedule",
    "policy": "admin:escalation_policy_change",
    "service": "service",
    "integration": "integration",
}
MAX_SHOWN = 200  # rows of one kind


@dataclass
class Asked:
    """One question, for all objects that the answer settles. ``asks_person``: who it is."""

    choice: str
    text: str
    options: Sequence[Sequence[str]]
    chosen: str
    asks_person: bool
    names: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether nothing is chosen and nothing is taken without."""
        return not self.chosen and not self.asks_person


@dataclass(frozen=True)
class Group:
    """The rows of one kind; ``left_out``: so many more."""

    title: str
    rows: list[Row]
    left_out: int
    is_open: bool


def shown(rows: Iterable[Row], verdict: str = "") -> list[Group]:
    """By kind, those that need somebody first; only those of a verdict where one is named."""
    by_kind: dict[str, list[Row]] = {kind.value: [] for kind in Kind}
    for row in rows:
        if verdict in ("", row["verdict"]):
            by_kind[row["kind"]].append(_looks(row))
    order = {verdict.value: place for place, verdict in enumerate(LOOKS)}
    return [
        Group(
            TITLES[Kind(kind)],
            sorted(found, key=lambda row: order[row["verdict"]])[:MAX_SHOWN],
            max(0, len(found) - MAX_SHOWN),
            bool(verdict) or any(row["verdict"] == Verdict.NEEDS_YOU for row in found),
        )
        for kind, found in by_kind.items()
        if found
    ]


def asked(rows: Iterable[Row]) -> list[Asked]:
    """What is asked, each question once, those without an answer first."""
    found: dict[str, Asked] = {}
    for row in rows:
        for question in row["questions"]:
            one = found.setdefault(question["choice"], Asked(**question))
            one.names.append(row["name"])
    return sorted(found.values(), key=lambda one: not one.is_open)


def verdict_counts(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """The verdicts that occur, with their look."""
    return [
        {
            "verdict": one.value,
            "count": counts[one.value],
            "tone": tone,
            "icon": icon,
            "label": label,
            "is_chosen": one.value == chosen,
        }
        for one, (tone, icon, label) in LOOKS.items()
        if one.value in counts
    ]


def _looks(row: Row) -> Row:
    tone, icon, label = LOOKS[Verdict(row["verdict"])]
    return {**row, "tone": tone, "icon": icon, "label": label, "url": _url_of(row)}


def _url_of(row: Row) -> str:
    if not row["object_id"] or row["kind"] not in PLACES:
        return ""
    try:
        return reverse(PLACES[row["kind"]], args=[row["object_id"]])
    except NoReverseMatch:
        return ""
