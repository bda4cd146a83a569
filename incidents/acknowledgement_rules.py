"""How many people have to acknowledge an incident. Upper apps say it; without them one has to."""

from collections.abc import Callable
from dataclasses import dataclass

from incidents.models import Incident

Rule = Callable[[Incident], int]
_RULES: list[Rule] = []


def acknowledgements_wanted(rule: Rule) -> Rule:
    """Decorate a function that says how many people have to acknowledge this incident now."""
    _RULES.append(rule)
    return rule


@dataclass(frozen=True, slots=True)
class Count:
    """Who has acknowledged in this round (names, in order), and how many have to."""

    wanted: int
    names: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        return max(self.wanted - len(self.names), 0)

    def __str__(self) -> str:
        return f"{len(self.names)} of {self.wanted} have acknowledged"


def wanted(incident: Incident) -> int:
    """How many people have to acknowledge, at least one."""
    return max([1, *(rule(incident) for rule in _RULES)])


def count(incident: Incident) -> Count | None:
    """Who has acknowledged where several have to; None where one is enough, or has it already."""
    if not incident.can_be_acknowledged or (number := wanted(incident)) == 1:
        return None
    rows = incident.acknowledgements.filter(paging_round=incident.paging_round)
    return Count(number, tuple(str(row.user) for row in rows.select_related("user")))
