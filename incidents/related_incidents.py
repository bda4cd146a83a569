"""What an incident has to do with others, as far as somebody may see them."""

from dataclasses import dataclass

from django.db.models import Q

from incidents.choices import LinkKind
from incidents.models import Incident, IncidentLink, User

MAX_SHOWN = 100
BACK = {
    LinkKind.RELATED: "related to",
    LinkKind.CAUSED_BY: "the cause of",
    LinkKind.DUPLICATE: "has as its duplicate",
}


@dataclass(frozen=True, slots=True)
class RelatedIncident:
    """Another incident, and what this one is to it; ``kind`` is a LinkKind or ``merged``."""

    incident: Incident
    kind: str
    words: str
    is_backward: bool = False


def related_incidents(incident: Incident, user: User) -> list[RelatedIncident]:
    """Links in both directions, and what was merged into this one. Two queries at most."""
    ends = Q(source=incident) | Q(target=incident)
    rows = list(IncidentLink.objects.filter(ends).order_by("pk")[:MAX_SHOWN])
    numbers = {_other(row, incident) for row in rows}
    found = Incident.objects.visible_to(user).select_related("service")
    merged = list(found.filter(merged_into=incident).order_by("pk")[:MAX_SHOWN])
    seen = found.in_bulk(numbers) if numbers else {}
    return [
        *(RelatedIncident(one, "merged", "together with") for one in merged),
        *(
            _link(row, incident, seen[_other(row, incident)])
            for row in rows
            if _other(row, incident) in seen
        ),
    ]


def _other(row: IncidentLink, incident: Incident) -> int:
    return row.target_id if row.source_id == incident.pk else row.source_id


def _link(row: IncidentLink, incident: Incident, other: Incident) -> RelatedIncident:
    is_backward = row.target_id == incident.pk
    words = BACK[LinkKind(row.kind)] if is_backward else row.get_kind_display()
    return RelatedIncident(other, row.kind, words, is_backward)
